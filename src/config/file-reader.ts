import { resolve } from 'node:path';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';

/** What a configuration needs of a file system. Paths are absolute. */
export interface ConfigFileSystem {
  /** Throws an error with a `code` as node:fs does. */
  readonly readFile: (path: string) => Uint8Array;
  readonly isDirectory: (path: string) => boolean;
}

/** Longest certificate, key or bundle that is read, in bytes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Names and slashes, nothing to be resolved in them. */
const PLAIN_PATH = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** Reads the files that a configuration names, each once, and remembers which they were. */
export class FileReader {
  readonly #fileSystem: ConfigFileSystem;
  readonly #directory: string;
  readonly #report: Report;
  /** By the path as it was named. */
  readonly #texts = new Map<string, string | Error>();
  readonly #paths = new Set<string>();

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
    let text = this.#texts.get(path);
    if (text === undefined) {
      const absolute = this.absolute(path);
      text = this.#load(absolute);
      this.#paths.add(absolute);
      this.#texts.set(path, text);
    }
    if (typeof text === 'string') return text;
    this.#report.error(at, text.message);
    return null;
  }

  #load(path: string): string | Error {
    try {
      const bytes = this.#fileSystem.readFile(path);
      if (bytes.length > MAX_FILE_BYTES) return new Error(`${path} is too long`);
      // Whatever isn't ASCII in a PEM file is a remark outside its blocks.
      const buffer = Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return buffer.toString('latin1');
    } catch (error) {
      return new Error(`cannot read ${path}: ${describeFileError(error)}`);
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
