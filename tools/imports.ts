// Reads the import statements of a TypeScript source that is formatted as this checkout's are: a
// statement begins its line, and module names stand in quotes.

export interface ImportStatement {
  readonly specifier: string;
  readonly line: number;
  /** The names taken from the module, as they are called there; empty where all of it is. */
  readonly names: readonly string[];
  /** Erased before the code runs. */
  readonly typeOnly: boolean;
}

/** Every import, export-from, side-effect import and import() with a literal, in the source's order. */
export function importsOf(source: string): ImportStatement[] {
  const code = codeOf(source);
  const found: { at: number; statement: ImportStatement }[] = [];
  const add = (
    match: RegExpExecArray,
    specifier: string | undefined,
    typeOnly: boolean,
    names: readonly string[] = [],
  ): void => {
    const line = code.slice(0, match.index).split('\n').length;
    found.push({
      at: match.index,
      statement: { specifier: specifier ?? '', line, names, typeOnly },
    });
  };
  for (const match of code.matchAll(
    /^(?:import|export)\s+(type\s+)?([\w$*,{}\s]+?)\s+from\s+(['"])([^'"]+)\3/gm,
  )) {
    const names = namesIn(match[2] ?? '');
    const typeOnly = names.length > 0 && names.every((name) => name.startsWith('type '));
    add(match, match[4], match[1] !== undefined || typeOnly, names);
  }
  for (const match of code.matchAll(/^import\s+(['"])([^'"]+)\1/gm)) add(match, match[2], false);
  for (const match of code.matchAll(/(typeof\s+)?\bimport\(\s*(['"])([^'"]+)\2\s*\)(\.[A-Z])?/g)) {
    add(match, match[3], match[1] !== undefined || match[4] !== undefined);
  }
  return found.toSorted((a, b) => a.at - b.at).map(({ statement }) => statement);
}

/** The source with its comments blanked; lines keep their numbers. Strings that hold `//` may lose their end. */
export function codeOf(source: string): string {
  return source
    .replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/(^|\s)\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ' '));
}

function namesIn(clause: string): string[] {
  const names = /^\{([\s\S]*)\}$/.exec(clause.trim())?.[1] ?? '';
  return names
    .split(',')
    .map((name) => name.trim().replace(/ as .*/, ''))
    .filter((name) => name !== '');
}
