import type { JSX } from 'preact';
import { texts } from '../language/language.ts';
import { CopyButton } from '../parts/copy-button.tsx';

/** What to do where the configuration attaches no authority. */
export function NoAuthority(): JSX.Element {
  const words = texts.value.authority.missing;
  return (
    <section class="card stack">
      <h2>{words.title}</h2>
      <p>{words.text}</p>
      <div class="remedy">
        <pre>{words.example}</pre>
      </div>
      <div>
        <CopyButton text={words.example} />
      </div>
    </section>
  );
}
