import type { JSX } from 'preact';
import { useResource } from '../api/resource.ts';
import { listHandshakes } from '../handshakes/handshake-api.ts';
import { texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { Loaded } from '../parts/loaded.tsx';

/** The latest refusals, which are counted by cause. */
const LOOKED_AT = 500;
const MAX_CAUSES = 6;

/** `refused`: how many there were; where there are more, they are counted again. */
export function RefusalCauses({ refused }: { readonly refused: number }): JSX.Element {
  const { overview: words, causes } = texts.value;
  const latest = useResource(`refused ${refused}`, (signal) =>
    listHandshakes({ outcome: 'refused', page_size: String(LOOKED_AT) }, signal),
  );
  return (
    <section class="card">
      <h2>{words.causes}</h2>
      <Loaded resource={latest}>
        {({ items }) => {
          const counts = countCauses(items.flatMap(({ cause }) => cause ?? []));
          if (counts.length === 0) return <p class="soft">{words.noRefusals}</p>;
          return (
            <ul class="causes">
              {counts.slice(0, MAX_CAUSES).map(([cause, count]) => (
                <li key={cause}>
                  <a href={addressOf(['handshakes'], { outcome: 'refused', finding: cause })}>
                    <span>{causes[cause] ?? cause}</span>
                    <span>{count}</span>
                    <span class="bar" aria-hidden="true">
                      <span style={{ width: `${(100 * count) / items.length}%` }} />
                    </span>
                  </a>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}

/** The most frequent first. */
function countCauses(causes: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].toSorted(([, one], [, other]) => other - one);
}
