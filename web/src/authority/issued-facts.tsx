import type { JSX } from 'preact';
import { useResource } from '../api/resource.ts';
import type { IssuedView } from '../api/types.ts';
import { ExpiryBar } from '../certificates/expiry-bar.tsx';
import { texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { countConnections } from './authority-api.ts';
import { StatusBadge } from './status-badge.tsx';

const EVERY_MS = 5000;

/** Whose a certificate is, who asked for it, and what relies on it at this moment. */
export function IssuedFacts({ view }: { readonly view: IssuedView }): JSX.Element {
  const { issued: words, list, preview, reasons } = texts.value.authority;
  const connections = useResource(
    view.serial,
    (signal) => countConnections(view.serial, signal),
    EVERY_MS,
  );
  return (
    <dl class="facts">
      <dt>{words.status}</dt>
      <dd>
        <StatusBadge status={view.status} />
      </dd>
      {view.revoked_at === null ? null : (
        <>
          <dt>{words.revokedAt}</dt>
          <dd>
            <TimeText at={view.revoked_at} form="moment" />
            {view.reason === null ? null : `: ${reasons[view.reason]}`}
          </dd>
        </>
      )}
      <dt>{list.columns.expiry}</dt>
      <dd>
        <ExpiryBar from={view.not_before} until={view.not_after} />
        <TimeText at={view.not_after} form="moment" />
      </dd>
      <dt>{words.connections}</dt>
      <dd>{connections.value ?? '–'}</dd>
      <dt>{words.user}</dt>
      <dd>{view.user === null ? words.noUser : <ForeignText text={view.user} mono />}</dd>
      <dt>{preview.names}</dt>
      <dd>
        {view.subject_alt_names.length === 0 ? texts.value.common.none : null}
        {view.subject_alt_names.map((name) => (
          <div key={name}>
            <ForeignText text={name} most={300} />
          </div>
        ))}
      </dd>
      <dt>{list.columns.profile}</dt>
      <dd>{view.profile}</dd>
      <dt>{preview.key}</dt>
      <dd>{view.key_type}</dd>
      <dt>{list.columns.issued}</dt>
      <dd>
        <TimeText at={view.issued_at} form="moment" />
      </dd>
      <dt>{list.columns.requestedBy}</dt>
      <dd>
        <ForeignText text={view.requested_by} />
      </dd>
      <dt>{words.fingerprint}</dt>
      <dd class="mono">{view.fingerprint}</dd>
    </dl>
  );
}
