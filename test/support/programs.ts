// What a test says about the programs that it talks to.
import {
  findProgram,
  isProgramName,
  missingPrograms,
  packageOf,
  type ProgramName,
} from '../../tools/programs.ts';

/**
 * The options of a test or suite that needs programs: `test('...', needs('curl', 'nginx'), ...)`. The
 * test is skipped with a line that names the packages where one is missing; under CI=true the file
 * fails instead. `npm test` reads these calls beforehand and installs what they name, so the names must
 * be literals.
 */
export function needs(...names: [ProgramName, ...ProgramName[]]): { skip: string | false } {
  const missing = missingPrograms(names);
  if (missing.length === 0) return { skip: false };
  const packages = [...new Set(missing.map(packageOf))].join(' ');
  const reason = `needs ${missing.join(', ')}: apt-get install ${packages}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return { skip: reason };
}

/** The path of a program that the test has declared by `needs`. */
export function programPath(name: ProgramName): string {
  const path = findProgram(name);
  if (path === undefined)
    throw new Error(`${name} is not installed: apt-get install ${packageOf(name)}`);
  return path;
}

/** The programs that a test's source names: by `needs`, or as it starts them by `node:child_process`. */
export function programsNamedIn(source: string): ProgramName[] {
  if (!/\bneeds\(|node:child_process/.test(source)) return [];
  const literals = source.matchAll(/'([\w-]+)'/g);
  return [...new Set([...literals].map(([, name]) => name ?? ''))].filter(isProgramName);
}
