import type { JSX } from 'preact';
import type { HandshakeView } from '../api/types.ts';
import { languageTag, texts } from '../language/language.ts';
import { ForeignText } from '../parts/foreign-text.tsx';

export function HandshakeFacts({ handshake }: { readonly handshake: HandshakeView }): JSX.Element {
  const { fact, milliseconds } = texts.value.handshakes;
  const took = new Intl.NumberFormat(languageTag.value, { maximumFractionDigits: 1 });
  const facts: readonly (readonly [string, string | null])[] = [
    [fact.took, milliseconds(took.format(handshake.duration_ms))],
    [fact.listener, handshake.listener],
    [fact.certificate, handshake.certificate],
    [fact.mode, handshake.mode],
    [fact.user, handshake.user],
    [fact.version, handshake.version],
    [fact.cipher, handshake.cipher],
    [fact.alpn, handshake.alpn],
    [fact.versions, handshake.offered_versions.join(', ')],
    [fact.groups, handshake.offered_groups.join(', ')],
    [fact.verification, handshake.verification],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) =>
        value === null || value === '' ? null : (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>
              <ForeignText text={value} />
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}
