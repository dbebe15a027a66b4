import type { JSX } from 'preact';
import type { Status } from '../api/types.ts';
import { texts } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';
import { troublesOf } from './troubles.ts';

/** Is it well? In one line, or one for each thing that is not. */
export function Wellness({ status }: { readonly status: Status }): JSX.Element {
  const words = texts.value.overview;
  const troubles = troublesOf(status, words.troubles);
  if (troubles.length === 0) {
    return (
      <p class="note good wellness">
        <Icon name="check" />
        <strong>{words.well}</strong>
      </p>
    );
  }
  return (
    <div class="note warn">
      <p class="wellness">
        <Icon name="warning" />
        <strong>{words.unwell(troubles.length)}</strong>
      </p>
      <ul class="bullets">
        {troubles.map((trouble) => (
          <li key={trouble}>{trouble}</li>
        ))}
      </ul>
    </div>
  );
}
