import type { JSX } from 'preact';
import type { Status } from '../api/types.ts';
import { languageTag, texts } from '../language/language.ts';
import { addressOf } from '../navigation/location.ts';
import { totalsOf } from './rate-history.ts';

/** The four figures that are asked for first. */
export function Tiles({ status }: { readonly status: Status }): JSX.Element {
  const words = texts.value.overview;
  const { connections, admitted, refused } = totalsOf(status);
  const format = new Intl.NumberFormat(languageTag.value);
  const handshakes = (outcome: string): string => addressOf(['handshakes'], { outcome });
  const tiles = [
    [words.connections, connections, null, addressOf(['handshakes'])],
    [words.admitted, admitted, words.since, handshakes('admitted')],
    [words.refused, refused, words.since, handshakes('refused')],
    [words.clients, status.ledger.clients, null, addressOf(['clients'])],
  ] as const;
  return (
    <ul class="tiles">
      {tiles.map(([title, value, note, href]) => (
        <li key={title}>
          <a class="card tile" href={href}>
            <span class="soft">{title}</span>
            <strong>{format.format(value)}</strong>
            <span class="soft small">{note ?? '\u00a0'}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}
