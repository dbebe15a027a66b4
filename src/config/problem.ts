import { visible } from '../pki/visible-text.ts';

/** A place in a configuration: both numbers count from 1; columns are UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** The file, where it is not the configuration itself but one that it includes. */
  readonly file?: string;
}

/** Something wrong with a configuration. The message never quotes a password or a key. */
export interface ConfigProblem {
  /** The configuration as it was named, or the file that it includes. */
  readonly file: string;
  /** null: the configuration came from flags or another program and has no lines. */
  readonly position: Position | null;
  readonly message: string;
  /** What it is about; absent: the text itself, or the place says enough. */
  readonly path?: ConfigPath;
}

/**
 * `file:line:col: message`, or `file: message` where there are no lines. Messages quote what stands in
 * the file; nothing in it can act on a terminal.
 */
export function formatProblem(problem: ConfigProblem): string {
  const { file, position, message } = problem;
  const text = visible(message);
  return position === null
    ? `${file}: ${text}`
    : `${file}:${position.line}:${position.column}: ${text}`;
}

/** The way to a value: keys and list indexes from the top. */
export type ConfigPath = readonly PropertyKey[];

/** A path as people write it: `listeners[0].tls.verify`. Empty for the top. */
export function printPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else {
      const key = String(part);
      const shown = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
      text += text === '' ? shown : `.${shown}`;
    }
  }
  return text;
}
