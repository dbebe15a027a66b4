import type { JSX } from 'preact';
import type { TokenNow } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { ForeignText } from '../parts/foreign-text.tsx';
import { TimeLeft } from './time-left.tsx';

interface TokenNowProps {
  readonly made: TokenNow;
  readonly onNext: () => void;
}

/** The command with a new token in it, and how long it is good. */
export function TokenNowView({ made, onNext }: TokenNowProps): JSX.Element {
  const words = texts.value.authority.token;
  const names = [made.subject, ...made.subject_alt_names].filter((name) => name !== '');
  return (
    <section class="card stack">
      <div class="remedy">
        <div class="remedy-head">
          <h2>{words.madeTitle}</h2>
          <CopyButton text={made.command} />
        </div>
        <pre class="pem-text">{made.command}</pre>
      </div>
      <p class="note warn">{words.once}</p>
      <dl class="facts">
        <dt>{words.for}</dt>
        <dd>
          <ForeignText text={names.join(', ')} most={600} mono />
        </dd>
        <dt>{words.left}</dt>
        <dd>
          <TimeLeft until={made.expires_at} />
        </dd>
      </dl>
      <div>
        <button type="button" class="button" onClick={onNext}>
          {words.another}
        </button>
      </div>
    </section>
  );
}
