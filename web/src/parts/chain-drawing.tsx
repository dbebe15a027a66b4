import type { JSX } from 'preact';
import { ExpiryBar } from '../certificates/expiry-bar.tsx';
import { texts } from '../language/language.ts';
import { ForeignText } from './foreign-text.tsx';
import { Icon } from './icon.tsx';
import './chain-drawing.css';

/** One certificate of a chain. */
export interface ChainLink {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly fingerprint: string;
  readonly not_before: string;
  readonly not_after: string;
  /** null: not known. */
  readonly key_type: string | null;
  /**
   * What stands out. `misplaced`: it did not issue the one above; `not-presented`: the verifier has it
   * from elsewhere; `issuer-missing`: that of its issuer should follow, and was not sent.
   */
  readonly standing?: 'misplaced' | 'not-presented' | 'issuer-missing' | undefined;
}

interface ChainDrawingProps {
  /** Leaf first. */
  readonly chain: readonly ChainLink[];
  /** The certificate that is at fault, by its fingerprint, and why. */
  readonly fault?: { readonly fingerprint: string; readonly text: string };
}

/** A chain from the leaf up, each certificate with the one that issued it below. */
export function ChainDrawing({ chain, fault }: ChainDrawingProps): JSX.Element {
  const words = texts.value.chain;
  return (
    <ol class="chain" aria-label={words.label}>
      {chain.map((link, index) => {
        const isFault = fault?.fingerprint === link.fingerprint;
        const isRoot = link.subject === link.issuer;
        return (
          <li
            key={`${index} ${link.fingerprint}`}
            class={`chain-link ${link.standing ?? ''} ${isFault ? 'fault' : ''}`}
          >
            <p class="soft small">
              {index === 0 ? words.leaf : isRoot ? words.root : words.intermediate}
              {link.standing === 'misplaced' ? ` · ${words.misplaced}` : null}
              {link.standing === 'not-presented' ? ` · ${words.notPresented}` : null}
            </p>
            <p class="chain-subject">
              <ForeignText text={link.subject === '' ? words.noSubject : link.subject} mono />
            </p>
            {isFault ? (
              <p class="chain-fault">
                <Icon name="cross" />
                {fault.text}
              </p>
            ) : null}
            <ExpiryBar from={link.not_before} until={link.not_after} />
            <details>
              <summary class="small">{words.more}</summary>
              <dl class="facts small">
                <dt>{words.issuer}</dt>
                <dd>
                  <ForeignText text={link.issuer} mono />
                </dd>
                <dt>{words.serial}</dt>
                <dd class="mono">{link.serial}</dd>
                <dt>{words.fingerprint}</dt>
                <dd class="mono">{link.fingerprint}</dd>
                {link.key_type === null ? null : (
                  <>
                    <dt>{words.keyType}</dt>
                    <dd>{link.key_type}</dd>
                  </>
                )}
              </dl>
            </details>
            {link.standing === 'issuer-missing' ? (
              <p class="chain-missing small">
                {words.missing} <ForeignText text={link.issuer} mono />
              </p>
            ) : index === chain.length - 1 && !isRoot ? (
              <p class="chain-issuer soft small">
                {words.issuedBy} <ForeignText text={link.issuer} mono />
              </p>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}
