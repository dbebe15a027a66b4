import { resolve } from 'node:path';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';

/** What a configuration needs of a file system. Paths are absolute. A file may be asked for several times. */
export interface ConfigFileSystem {
  /** Throws an error with a `code` as node:fs does. */
  readonly readFile: (path: string) => Uint8Array;
  /** The same as text; bytes that aren't UTF-8 come as U+FFFD. */
  readonly readText: (path: string) => string;
  readonly isDirectory: (path: string) => boolean;
}

/** Longest certificate, key or bundle that is read, in characters. */
const MAX_FILE_LENGTH = 64 * 1024 * 1024;

/** Names and slashes, nothing to be resolved in them. */
const PLAIN_PATH = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** Reads the files that a configuration names, and remembers which they were. */
export class FileReader {
  readonly #fileSystem: ConfigFileSystem;
  readonly #directory: string;
  readonly #report: Report;
  readonly #paths = new Set<string>();
  /** By absolute path, so that a file that several places name is one object. */
  readonly #bytes = new Map<string, Uint8Array>();

  /** Relative paths start at `directory`. */
  constructor(fileSystem: ConfigFileSystem, directory: string, report: Report) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#report = report;
  }

  /** Every file that was asked for, readable or not. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  absolute(path: string): string {
    // Ten thousand of them are resolved at a start.
    if (PLAIN_PATH.test(path) && this.#directory !== '/') return `${this.#directory}/${path}`;
    return resolve(this.#directory, path);
  }

  isDirectory(path: string): boolean {
    return this.#fileSystem.isDirectory(this.absolute(path));
  }

  /** The text of a file, or null where it can't be read, which is reported at `at`. */
  read(path: string, at: ConfigPath): string | null {
    const text = this.#load(path);
    if (typeof text === 'string') return text;
    this.#report.error(at, text.message);
    return null;
  }

  /** The bytes of a file, or null where it can't be read, which is reported at `at`. */
  readBytes(path: string, at: ConfigPath): Uint8Array | null {
    const absolute = this.absolute(path);
    this.#paths.add(absolute);
    let bytes = this.#bytes.get(absolute);
    try {
      bytes ??= this.#fileSystem.readFile(absolute);
      this.#bytes.set(absolute, bytes);
      return bytes;
    } catch (error) {
      this.#report.error(at, `cannot read ${absolute}: ${describeFileError(error)}`);
      return null;
    }
  }

  /** The same, and nothing is reported. */
  readQuietly(path: string): string | null {
    const text = this.#load(path);
    return typeof text === 'string' ? text : null;
  }

  #load(path: string): string | Error {
    const absolute = this.absolute(path);
    this.#paths.add(absolute);
    try {
      const text = this.#fileSystem.readText(absolute);
      return text.length > MAX_FILE_LENGTH ? new Error(`${absolute} is too long`) : text;
    } catch (error) {
      return new Error(`cannot read ${absolute}: ${describeFileError(error)}`);
    }
  }
}

/** A file system's error in words. */
export function describeFileError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? 'unknown error';
  return MEANINGS[code] ?? code;
}

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'too many symbolic links',
};
