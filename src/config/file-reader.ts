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

/** Files that were read or could not be, by absolute path. A file that several places name is one object. */
export class FileMemory {
  readonly texts = new Map<string, string | Error>();
  readonly bytes = new Map<string, Uint8Array | Error>();
  readonly directories = new Map<string, boolean>();
}

/** Reads the files that a configuration names, each once, and remembers which they were. */
export class FileReader {
  readonly #fileSystem: ConfigFileSystem;
  readonly #directory: string;
  readonly #report: Report;
  readonly #memory: FileMemory;

  /** Relative paths start at `directory`. `memory` has what the same configuration's files held before. */
  constructor(
    fileSystem: ConfigFileSystem,
    directory: string,
    report: Report,
    memory = new FileMemory(),
  ) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#report = report;
    this.#memory = memory;
  }

  /** Every file that was asked for, readable or not. */
  get paths(): readonly string[] {
    const { texts, bytes } = this.#memory;
    const others = [...bytes.keys()].filter((path) => !texts.has(path));
    return [...texts.keys(), ...others];
  }

  absolute(path: string): string {
    // Ten thousand of them are resolved at a start.
    if (PLAIN_PATH.test(path) && this.#directory !== '/') return `${this.#directory}/${path}`;
    return resolve(this.#directory, path);
  }

  isDirectory(path: string): boolean {
    const absolute = this.absolute(path);
    const { directories } = this.#memory;
    const isDirectory = directories.get(absolute) ?? this.#fileSystem.isDirectory(absolute);
    directories.set(absolute, isDirectory);
    return isDirectory;
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
    const { bytes } = this.#memory;
    const found = bytes.get(absolute) ?? readOnce(this.#fileSystem.readFile, absolute, bytes);
    if (!(found instanceof Error)) return found;
    this.#report.error(at, found.message);
    return null;
  }

  /** The same, and nothing is reported. */
  readQuietly(path: string): string | null {
    const text = this.#load(path);
    return typeof text === 'string' ? text : null;
  }

  #load(path: string): string | Error {
    const absolute = this.absolute(path);
    const { texts } = this.#memory;
    const text = texts.get(absolute) ?? readOnce(this.#fileSystem.readText, absolute, texts);
    if (typeof text === 'string' && text.length > MAX_FILE_LENGTH) {
      return new Error(`${absolute} is too long`);
    }
    return text;
  }
}

function readOnce<Content>(
  read: (path: string) => Content,
  path: string,
  memory: Map<string, Content | Error>,
): Content | Error {
  let content: Content | Error;
  try {
    content = read(path);
  } catch (error) {
    content = new Error(`cannot read ${path}: ${describeFileError(error)}`);
  }
  memory.set(path, content);
  return content;
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
