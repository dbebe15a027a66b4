import type { JSX } from 'preact';
import type { Finding } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { CopyButton } from './copy-button.tsx';
import { ForeignText } from './foreign-text.tsx';
import { Icon } from './icon.tsx';
import './finding-card.css';

/** What is wrong in plain words, and what mends it. */
export function FindingCard({ finding }: { readonly finding: Finding }): JSX.Element {
  const { handshakes: words, causes } = texts.value;
  const { code, severity, title, detail, remedy } = finding;
  return (
    <section class={`card finding ${severity}`}>
      <h2>
        <Icon name={severity === 'error' ? 'cross' : 'warning'} />
        {causes[code] ?? title}
        <span class="mono soft small">{code}</span>
      </h2>
      <p>
        <ForeignText text={detail} most={4000} />
      </p>
      <div class="remedy">
        <div class="remedy-head">
          <h3>{words.remedy}</h3>
          <CopyButton text={remedy} />
        </div>
        <pre>
          <ForeignText text={remedy} most={4000} />
        </pre>
      </div>
    </section>
  );
}
