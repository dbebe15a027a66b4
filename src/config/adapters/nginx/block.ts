import { nearest } from '../../nearest.ts';
import type { Draft } from '../draft.ts';
import { Directives, type DirectiveTable } from '../meaning.ts';
import type { NginxDirective } from './syntax.ts';

const WITH_BLOCK = new Set(
  'http server upstream location if events types map geo stream mail rtmp split_clients limit_except match'.split(
    ' ',
  ),
);

/** `server` is a block in `http` and an address in `upstream`. */
const WITH_OR_WITHOUT = new Set(['server']);

/**
 * One block with what it takes over from the blocks around it. What has no equivalent is said when it is
 * made, or refused.
 */
export class Level {
  readonly #own = new Map<string, NginxDirective[]>();
  readonly #parent: Level | null;

  constructor(
    block: readonly NginxDirective[],
    known: readonly Directives[],
    parent: Level | null,
    draft: Draft,
  ) {
    this.#parent = parent;
    for (const directive of block) {
      const name = admit(directive, known, draft);
      if (name === null) continue;
      const same = this.#own.get(name);
      if (same === undefined) this.#own.set(name, [directive]);
      else same.push(directive);
    }
  }

  /** The directives of this name in the block itself, in order. */
  own(name: string): readonly NginxDirective[] {
    return this.#own.get(name) ?? [];
  }

  /** Those of the innermost block that has any. */
  find(name: string): readonly NginxDirective[] {
    const own = this.own(name);
    return own.length > 0 || this.#parent === null ? own : this.#parent.find(name);
  }

  /** The last of them, which counts; nginx refuses most that stand twice. */
  last(name: string): NginxDirective | undefined {
    return this.find(name).at(-1);
  }
}

export function tablesOf(...tables: readonly DirectiveTable[]): readonly Directives[] {
  return tables.map((table) => new Directives(table));
}

/** The usual name of a directive that is taken over; null: it is not. */
function admit(
  directive: NginxDirective,
  known: readonly Directives[],
  draft: Draft,
): string | null {
  const { name, place, block } = directive;
  const row = known.map((table) => table.find(name)).find((found) => found !== undefined);
  if (row === undefined) {
    draft.error(place, () => unknownDirective(name, known));
    return null;
  }
  if (!WITH_OR_WITHOUT.has(name) && (block !== null) !== WITH_BLOCK.has(name)) {
    draft.error(place, block === null ? `${name} needs a block { ... }` : `${name} takes no block`);
    return null;
  }
  if (row.treatment === 'refused') draft.error(place, `${name}: ${row.meaning}`);
  else if (row.treatment === 'notice') draft.notice(place, name, row.meaning);
  return row.treatment === 'taken' ? (row.names[0] ?? null) : null;
}

function unknownDirective(name: string, known: readonly Directives[]): string {
  const shown = JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name);
  const near = nearest(
    name,
    known.flatMap((table) => Array.from(table.names)),
  );
  const hint = near === null ? '' : `; did you mean ${near}?`;
  return `the directive ${shown} is not known here, so that nothing can be said of what leaving it out would do${hint}`;
}

/** The one argument of a directive; null where there is another number of them, which is reported. */
export function onlyArgument(directive: NginxDirective, draft: Draft): string | null {
  const { args, name, place } = directive;
  const [first] = args;
  if (first !== undefined && args.length === 1) return first.text;
  draft.error(place, `${name} takes one argument`);
  return null;
}

/** The same where it may hold no variable. */
export function constantArgument(directive: NginxDirective, draft: Draft): string | null {
  const text = onlyArgument(directive, draft);
  if (text === null || !text.includes('$')) return text;
  draft.error(directive.place, `${directive.name} has a variable in it, and there are none here`);
  return null;
}

/** `on` or `off`. */
export function flagArgument(directive: NginxDirective, draft: Draft): boolean | null {
  const text = onlyArgument(directive, draft);
  if (text === null) return null;
  if (text.toLowerCase() === 'on') return true;
  if (text.toLowerCase() === 'off') return false;
  draft.error(directive.place, `${directive.name} must be on or off`);
  return null;
}

/** A whole number that is not negative. */
export function numberArgument(directive: NginxDirective, draft: Draft): number | null {
  const text = onlyArgument(directive, draft);
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  draft.error(directive.place, `${directive.name} must be a whole number`);
  return null;
}
