import { join } from 'node:path';
import type { Sources } from '../sources.ts';

/** Most files that one pattern may stand for. */
const MAX_FILES = 10_000;

/** Longest path on Linux. */
const MAX_PATH = 4096;

/**
 * The files that an absolute path with `*`, `?` and `[...]` stands for, sorted; none where there are
 * none. Names that begin with a dot need one in the pattern.
 */
export function glob(pattern: string, sources: Sources): readonly string[] {
  if (pattern.length > MAX_PATH) return [];
  let paths = ['/'];
  for (const part of pattern.split('/')) {
    if (part === '') continue;
    if (!/[*?[]/.test(part)) {
      paths = paths.map((path) => join(path, part));
      continue;
    }
    const matcher = new NamePattern(part);
    paths = paths
      .flatMap((path) =>
        sources
          .list(path)
          .filter((name) => matcher.matches(name))
          .map((name) => join(path, name)),
      )
      .slice(0, MAX_FILES);
  }
  // What was not looked up in a directory may not be there.
  const literal = pattern.slice(pattern.lastIndexOf('/') + 1);
  return /[*?[]/.test(literal) ? paths : paths.filter((path) => sources.has(path));
}

/** One name's pattern, matched without backtracking over more than one asterisk. */
class NamePattern {
  readonly #parts: readonly (RegExp | '*')[];
  readonly #needsDot: boolean;

  constructor(pattern: string) {
    this.#needsDot = pattern.startsWith('.');
    const parts: (RegExp | '*')[] = [];
    for (const [part] of pattern.matchAll(/\*+|\[!?\]?[^\]]*\]|[^]/gu)) {
      if (part.startsWith('*')) parts.push('*');
      else parts.push(characterPattern(part));
    }
    this.#parts = parts;
  }

  matches(name: string): boolean {
    if (name.startsWith('.') && !this.#needsDot) return false;
    const characters = Array.from(name);
    // Greedy matching: only the last asterisk is ever taken back.
    let at = 0;
    let part = 0;
    let star = -1;
    let resume = 0;
    while (at < characters.length) {
      const test = this.#parts[part];
      if (test === '*') {
        star = part++;
        resume = at;
      } else if (test?.test(characters[at] ?? '')) {
        part++;
        at++;
      } else if (star >= 0) {
        part = star + 1;
        at = ++resume;
      } else return false;
    }
    while (this.#parts[part] === '*') part++;
    return part === this.#parts.length;
  }
}

function characterPattern(part: string): RegExp {
  if (part === '?') return /^[^]$/u;
  if (!part.startsWith('[') || part.length < 3) return new RegExp(`^${escape(part)}$`, 'u');
  const isNegated = part[1] === '!';
  const set = part.slice(isNegated ? 2 : 1, -1).replaceAll(/[\\\]^[]/g, '\\$&');
  try {
    return new RegExp(`^[${isNegated ? '^' : ''}${set}]$`, 'u');
  } catch {
    return new RegExp(`^${escape(part)}$`, 'u');
  }
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
