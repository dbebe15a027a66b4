import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Answer } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { CertificateSummary, CertificateView, ClientView } from '../api/types.ts';
import { listCertificates, readCertificateView } from '../certificates/certificate-api.ts';
import { texts } from '../language/language.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { EnforceCertificate } from './enforce-certificate.tsx';

const MAX_SHOWN = 20;
const QUERY = { verify: 'observe', page_size: String(MAX_SHOWN) };
/** What a configuration says once it enforces. */
const ENFORCING = 'verify: true';

/** Every certificate whose clients are merely observed, each with the way to enforce. */
export function ObservingCertificates({
  refused,
  onEnforced,
}: {
  readonly refused: readonly ClientView[];
  /** With the name of the certificate. */
  readonly onEnforced: (name: string) => void;
}): JSX.Element | null {
  const words = texts.value.clients.readiness;
  const list = useResource('observing', (signal) => listCertificates(QUERY, signal));
  const [asked, setAsked] = useState<Answer<CertificateView> | null>(null);
  if (list.value === null) return null;
  const { items, total } = list.value;
  const ask = (id: string): void => {
    void readCertificateView(id, new AbortController().signal).then(setAsked);
  };
  return (
    <>
      <ul class="stack">
        {items.map((certificate) => (
          <li key={certificate.id} class="remedy observing">
            <span class="observing-name">
              <ForeignText text={nameOf(certificate)} most={100} />
            </span>
            {certificate.source === 'api' ? (
              <button type="button" class="button small" onClick={() => ask(certificate.id)}>
                {words.enforce}…
              </button>
            ) : (
              <FileLine certificate={certificate} />
            )}
          </li>
        ))}
      </ul>
      {total > items.length ? <p class="soft small">{words.more(total - items.length)}</p> : null}
      {asked === null ? null : (
        <EnforceCertificate
          view={asked.body}
          etag={asked.etag}
          refused={refused}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            list.reload();
            onEnforced(nameOf(asked.body));
          }}
        />
      )}
    </>
  );
}

function FileLine({ certificate }: { readonly certificate: CertificateSummary }): JSX.Element {
  const { readiness: words } = texts.value.clients;
  const { is_default: isDefault, listeners, file } = certificate;
  return (
    <span class="observing-line">
      <span class="soft small">
        {isDefault ? words.lineOfListener(listeners.join(', ')) : words.lineOfFile(file ?? '')}
      </span>
      <code>verify: observe → {ENFORCING}</code>
      <CopyButton text={ENFORCING} />
    </span>
  );
}

function nameOf({ snis, id }: CertificateSummary): string {
  return snis.join(', ') || id;
}
