import { nearest } from '../../nearest.ts';
import type { Draft } from '../draft.ts';
import type { Directives } from '../meaning.ts';
import type { NatsEntry, NatsMap } from './syntax.ts';

/** The entries that are taken over, by the directive's usual name. The rest is said, or refused. */
export function collect(map: NatsMap, known: Directives, draft: Draft): Map<string, NatsEntry> {
  const found = new Map<string, NatsEntry>();
  for (const entry of map.overridden) {
    // A key that is only there to be used by $KEY may well have several values.
    if (known.find(entry.key.toLowerCase()) === undefined) continue;
    draft.notice(entry.place, entry.key, 'stands twice; the last one counts, as in nats-server');
  }
  for (const entry of map.entries.values()) {
    const row = known.find(entry.key.toLowerCase());
    if (row === undefined) {
      if (!entry.used) draft.error(entry.place, () => unknownDirective(entry.key, known));
    } else if (row.treatment === 'notice') {
      draft.notice(entry.place, entry.key, row.meaning);
    } else if (row.treatment === 'refused') {
      draft.error(entry.place, `${entry.key}: ${row.meaning}`);
    } else {
      const [name = ''] = row.names;
      const other = found.get(name);
      if (other !== undefined && !isSame(other, entry)) {
        draft.error(
          entry.place,
          `${entry.key} says something else than ${other.key}, which is the same directive`,
        );
      }
      found.set(name, entry);
    }
  }
  return found;
}

/** Whether two spellings of a directive agree; nats-server takes either of them otherwise. */
function isSame({ node: a }: NatsEntry, { node: b }: NatsEntry): boolean {
  return 'value' in a && 'value' in b && a.kind === b.kind && a.value === b.value;
}

function unknownDirective(key: string, known: Directives): string {
  const shown = JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}...` : key);
  if (key.endsWith('{')) return `unknown directive ${shown}; put a space before "{"`;
  const near = nearest(key, known.names);
  const hint = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return `unknown directive ${shown}${hint}`;
}
