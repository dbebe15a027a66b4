import { isAbsolute, join } from 'node:path';
import type { CliContext } from './context.ts';

/** Where a path of the command line lies. */
export function pathFrom(context: CliContext, path: string): string {
  return isAbsolute(path) ? path : join(context.cwd, path);
}

/** A command of this program to copy into a shell, with every word quoted that needs it. */
export function ownCommand(context: CliContext, ...words: readonly string[]): string {
  return `${context.program} ${words.map(shellWord).join(' ')}`;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
