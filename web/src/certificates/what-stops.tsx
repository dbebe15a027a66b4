import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';
import type { CertificateView } from '../api/types.ts';

const MAX_NAMES = 10;

/** Which clients are no longer answered once a certificate is gone. */
export function WhatStops({ view }: { readonly view: CertificateView }): JSX.Element {
  const words = texts.value.certificates.stops;
  const { snis, listeners } = view;
  if (view.type === 'client' || view.status === 'disabled' || listeners.length === 0) {
    return <p class="note">{words.nothing}</p>;
  }
  return (
    <div class="note warn">
      <p>{words.names}</p>
      <ul class="bullets">
        {snis.slice(0, MAX_NAMES).flatMap((name) =>
          listeners.map((listener) => (
            <li key={`${name} ${listener}`}>
              <strong>
                <ForeignText text={name} most={100} />
              </strong>{' '}
              {words.on} <span class="mono">{listener}</span>
            </li>
          )),
        )}
      </ul>
      {snis.length > MAX_NAMES ? (
        <p>{texts.value.certificates.moreNames(snis.length - MAX_NAMES)}</p>
      ) : null}
    </div>
  );
}
