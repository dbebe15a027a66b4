import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { ExpiryBar } from './expiry-bar.tsx';
import { readCertificates } from './read-certificate.ts';
import './read-summary.css';

/** What stands in a PEM text, so that it can be checked before it is sent. */
export function ReadSummary({
  text,
  label,
}: {
  readonly text: string;
  readonly label: string;
}): JSX.Element | null {
  const words = texts.value.certificates.read;
  if (text.trim() === '') return null;
  const all = readCertificates(text);
  if (all.length === 0) return <p class="note warn small">{words.none}</p>;
  return (
    <ol class="read-summary" aria-label={words.label(label)}>
      {all.map((one, index) =>
        one === null ? (
          <li key={index} class="note warn small">
            {words.unreadable}
          </li>
        ) : (
          <li key={index}>
            <dl class="facts small">
              <dt>{words.subject}</dt>
              <dd>
                <ForeignText text={one.subject === '' ? words.nothing : one.subject} mono />
              </dd>
              <dt>{words.names}</dt>
              <dd>
                <ForeignText
                  text={one.names.length === 0 ? words.noNames : one.names.join(', ')}
                  mono
                />
              </dd>
              <dt>{words.issuer}</dt>
              <dd>
                {one.issuer === one.subject ? words.itself : <ForeignText text={one.issuer} mono />}
              </dd>
              <dt>{words.validity}</dt>
              <dd>
                <TimeText at={one.notBefore} form="date" /> –{' '}
                <TimeText at={one.notAfter} form="date" />
                <ExpiryBar from={one.notBefore} until={one.notAfter} />
              </dd>
            </dl>
          </li>
        ),
      )}
    </ol>
  );
}
