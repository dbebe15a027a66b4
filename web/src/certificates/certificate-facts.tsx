import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';
import type { CertificateView } from '../api/types.ts';
import { readCertificates } from './read-certificate.ts';
import { VerificationBadge } from './verification-badge.tsx';

/** How a certificate is served, and what it asks of clients. */
export function CertificateFacts({ view }: { readonly view: CertificateView }): JSX.Element {
  const { facts: words, types, columns, sources } = texts.value.certificates;
  const { client, labels } = view;
  return (
    <dl class="facts">
      <dt>{columns.type}</dt>
      <dd>{types[view.type]}</dd>
      <dt>{columns.snis}</dt>
      <dd>
        {view.snis.map((name) => (
          <div key={name}>
            <ForeignText text={name} most={260} />
          </div>
        ))}
      </dd>
      <dt>{words.listeners}</dt>
      <dd class="mono">{view.listeners.length === 0 ? '–' : view.listeners.join(', ')}</dd>
      <dt>{words.minVersion}</dt>
      <dd>TLS {view.min_version}</dd>
      <dt>{columns.verification}</dt>
      <dd>
        <VerificationBadge client={client} />
      </dd>
      {client === null ? null : (
        <>
          <dt>{words.ca}</dt>
          <dd>{client.ca === null ? words.ownCa : <TrustBundle pem={client.ca} />}</dd>
          <dt>{words.mapping}</dt>
          <dd>{client.verify_and_map ? words.mapped : words.notMapped}</dd>
          <dt>{words.depth}</dt>
          <dd>{client.depth ?? words.noLimit}</dd>
          {client.skip_paths.length === 0 ? null : (
            <>
              <dt>{words.skipPaths}</dt>
              <dd class="mono">{client.skip_paths.join(', ')}</dd>
            </>
          )}
        </>
      )}
      <dt>{columns.source}</dt>
      <dd>{sources[view.source]}</dd>
      {Object.entries(labels).map(([name, value]) => (
        <>
          <dt key={name}>{name}</dt>
          <dd>
            <ForeignText text={value} />
          </dd>
        </>
      ))}
      {view.created_at === null ? null : (
        <>
          <dt>{words.created}</dt>
          <dd>
            <TimeText at={view.created_at} form="moment" />
          </dd>
        </>
      )}
      {view.updated_at === null ? null : (
        <>
          <dt>{words.updated}</dt>
          <dd>
            <TimeText at={view.updated_at} form="moment" />
          </dd>
        </>
      )}
    </dl>
  );
}

function TrustBundle({ pem }: { readonly pem: string }): JSX.Element {
  const anchors = readCertificates(pem);
  return (
    <>
      {anchors.map((anchor, index) => (
        <div key={index}>
          <ForeignText text={anchor?.subject ?? '–'} mono />
        </div>
      ))}
    </>
  );
}
