import type { JSX } from 'preact';
import { setVerify } from '../certificates/certificate-api.ts';
import type { CertificateView, ClientView } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Confirmation } from '../parts/confirmation.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';

interface EnforceProps {
  readonly view: CertificateView;
  readonly etag: string | null;
  /** Who would have been refused of late, on any listener. */
  readonly refused: readonly ClientView[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const MAX_NAMED = 8;

/** Asks before `observe` becomes `true`, naming who would be turned away. */
export function EnforceCertificate(props: EnforceProps): JSX.Element {
  const { view, etag, refused, onClose, onDone } = props;
  const { readiness: words, anonymous } = texts.value.clients;
  const { causes } = texts.value;
  const concerned = refused.filter(({ listener }) => view.listeners.includes(listener));
  return (
    <Confirmation
      title={words.enforceTitle(view.snis[0] ?? view.id)}
      confirm={words.enforce}
      isDangerous={concerned.length > 0}
      onClose={onClose}
      onConfirm={async () => {
        await setVerify(view.id, true, etag);
        onDone();
      }}
    >
      <p>{words.enforceText}</p>
      {concerned.length === 0 ? (
        <p class="note good">{words.nobody}</p>
      ) : (
        <div class="note warn">
          <p>{words.who}</p>
          <ul class="bullets">
            {concerned
              .slice(0, MAX_NAMED)
              .map(({ listener, fingerprint, subject, address, finding, last_refused: last }) => (
                <li key={`${listener} ${fingerprint ?? address}`}>
                  <strong>
                    {fingerprint === null ? anonymous : <ForeignText text={subject} most={100} />}
                  </strong>{' '}
                  <span class="mono">{address}</span>
                  {finding === null ? null : <>: {causes[finding] ?? finding}</>}
                  {last === null ? null : (
                    <>
                      {' '}
                      (<TimeText at={last} form="ago" />)
                    </>
                  )}
                </li>
              ))}
          </ul>
          {concerned.length > MAX_NAMED ? <p>{words.more(concerned.length - MAX_NAMED)}</p> : null}
        </div>
      )}
    </Confirmation>
  );
}
