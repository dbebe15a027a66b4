import type { PathPattern } from './options.ts';

/** Something that holds for the paths of a pattern, or for every path where it has none. */
export interface PathRule {
  readonly path: PathPattern | null;
}

/**
 * Finds the rules that hold for a path without trying each: exact patterns by hash, prefixes by one
 * binary search. Patterns are compared in Unicode's composed form, as path readings are.
 */
export class PathIndex<Rule extends PathRule> {
  readonly #exact = new Map<string, readonly Rule[]>();
  /** Distinct prefixes in code unit order; the first is the empty one. */
  readonly #prefixes: readonly string[];
  /** For each prefix the place of the longest other prefix that it begins with. */
  readonly #parents: Int32Array;
  readonly #rules: readonly (readonly Rule[])[];

  constructor(rules: readonly Rule[]) {
    const patterns = rules.map(({ path }) => composed(path));
    const rulesFor = (path: string, exact: boolean) =>
      rules.filter((_, index) => holds(patterns[index] ?? null, path, exact));
    const prefixes = new Set(['']);
    for (const pattern of patterns) {
      if (pattern?.kind === 'prefix') prefixes.add(pattern.path);
      else if (pattern !== null && !this.#exact.has(pattern.path)) {
        this.#exact.set(pattern.path, rulesFor(pattern.path, true));
      }
    }
    this.#prefixes = [...prefixes].toSorted();
    this.#parents = parentsOf(this.#prefixes);
    this.#rules = this.#prefixes.map((prefix) => rulesFor(prefix, false));
  }

  /** The rules that hold for one reading of a path, in the order they were given. Allocates nothing. */
  find(path: string): readonly Rule[] {
    return this.#exact.get(path) ?? this.#rules[this.#longestPrefix(path)] ?? [];
  }

  /**
   * Every prefix that `path` begins with is the last entry not after it, or a parent of that entry:
   * whatever stands between a prefix of `path` and `path` in this order begins with that prefix too.
   */
  #longestPrefix(path: string): number {
    const prefixes = this.#prefixes;
    let low = 0;
    let high = prefixes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((prefixes[middle] ?? '') <= path) low = middle;
      else high = middle - 1;
    }
    while (low > 0 && !path.startsWith(prefixes[low] ?? '')) low = this.#parents[low] ?? 0;
    return low;
  }
}

function composed(pattern: PathPattern | null): PathPattern | null {
  return pattern && { kind: pattern.kind, path: pattern.path.normalize('NFC') };
}

function holds(pattern: PathPattern | null, path: string, exact: boolean): boolean {
  if (pattern === null) return true;
  return pattern.kind === 'prefix' ? path.startsWith(pattern.path) : exact && pattern.path === path;
}

function parentsOf(prefixes: readonly string[]): Int32Array {
  const parents = new Int32Array(prefixes.length);
  for (let index = 1; index < prefixes.length; index++) {
    let parent = index - 1;
    while (parent > 0 && !prefixes[index]?.startsWith(prefixes[parent] ?? '')) {
      parent = parents[parent] ?? 0;
    }
    parents[index] = parent;
  }
  return parents;
}
