import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { read } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Readiness } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { Icon } from '../parts/icon.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { ObservingCertificates } from './observing-certificates.tsx';
import './readiness.css';

const DAY_MS = 86_400_000;
const EVERY_MS = 5000;

/** Whether `observe` can become `true`; nothing where nobody observes. */
export function ReadinessCard(): JSX.Element | null {
  const words = texts.value.clients.readiness;
  const [enforced, setEnforced] = useState<string | null>(null);
  const readiness = useResource(
    'readiness',
    (signal) => read<Readiness>('/v1/readiness', signal),
    EVERY_MS,
  );
  const { value } = readiness;
  const note =
    enforced === null ? null : (
      <p class="note good row" role="status">
        <Icon name="check" />
        {words.wasEnforced(enforced)}
      </p>
    );
  if (value === null || value.listeners.length === 0) return note;
  return (
    <section class="card stack">
      {note}
      <div class="row">
        <h2>{words.title}</h2>
        <Badge tone={value.ready ? 'good' : 'warn'}>{verdictOf(value)}</Badge>
        <span class="soft small">{words.window(Math.round(value.window_ms / DAY_MS))}</span>
      </div>
      <ul>
        {value.listeners.map(({ listener, since }) => (
          <li key={listener}>
            <span class="mono">{listener}</span> {words.since} <TimeText at={since} form="moment" />
          </li>
        ))}
      </ul>
      <p>{words.how}</p>
      <ObservingCertificates
        refused={value.clients}
        onEnforced={(name) => {
          setEnforced(name);
          readiness.reload();
        }}
      />
    </section>
  );
}

function verdictOf({ ready, reason, refused, seen }: Readiness): string {
  const words = texts.value.clients.readiness;
  if (ready) return words.ready;
  if (reason === 'refusals') return words.refusals(refused, seen);
  return reason === 'too-young' ? words.young : words.notObserving;
}
