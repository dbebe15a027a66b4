import type { JSX } from 'preact';
import { read } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Readiness } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Badge } from '../parts/badge.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { TimeText } from '../parts/time-text.tsx';

const DAY_MS = 86_400_000;
const EVERY_MS = 5000;
/** What a configuration says once it enforces. */
const ENFORCING = 'verify: true';

/** Whether `observe` can become `true`; nothing where nobody observes. */
export function ReadinessCard(): JSX.Element | null {
  const words = texts.value.clients.readiness;
  const { value } = useResource(
    'readiness',
    (signal) => read<Readiness>('/v1/readiness', signal),
    EVERY_MS,
  );
  if (value === null || value.listeners.length === 0) return null;
  return (
    <section class="card stack">
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
      <div class="remedy">
        <div class="row">
          <span>{words.how}</span>
          <code>verify: observe → {ENFORCING}</code>
          <CopyButton text={ENFORCING} />
        </div>
      </div>
    </section>
  );
}

function verdictOf({ ready, reason, refused, seen }: Readiness): string {
  const words = texts.value.clients.readiness;
  if (ready) return words.ready;
  if (reason === 'refusals') return words.refusals(refused, seen);
  return reason === 'too-young' ? words.young : words.notObserving;
}
