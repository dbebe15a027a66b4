import { basename, dirname, join, relative } from 'node:path';
import { describeFileError } from '../file-reader.ts';
import type { AdapterFileSystem, AdapterInput } from './adapter.ts';

/** A text that was read, or why it could not be. */
export type SourceText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Most bytes of one configuration with all it includes, and most files. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 10_000;

/** The files that a foreign configuration consists of; remembers which were asked for. */
export class Sources {
  readonly #fileSystem: AdapterFileSystem;
  readonly #main: Pick<AdapterInput, 'file' | 'path'>;
  readonly #paths = new Set<string>();
  #bytes = 0;
  #count = 0;

  constructor({ fileSystem, file, path }: AdapterInput) {
    this.#fileSystem = fileSystem;
    this.#main = { file, path };
  }

  /** Absolute paths of every file that was asked for, readable or not; the first the configuration. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** The text of a file, whose path is absolute. */
  read(path: string): SourceText {
    this.#paths.add(path);
    if (++this.#count > MAX_FILES) return failed(`more than ${MAX_FILES} files are included`);
    let bytes: Uint8Array;
    try {
      bytes = this.#fileSystem.readFile(path);
    } catch (error) {
      return failed(`cannot read ${path}: ${describeFileError(error)}`);
    }
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES) {
      return failed(`the configuration is longer than ${MAX_BYTES} bytes`);
    }
    try {
      return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch {
      return failed('the text is not UTF-8');
    }
  }

  /** The names in a directory, sorted; none where it can't be read. */
  list(path: string): readonly string[] {
    try {
      return this.#fileSystem.list(path).toSorted();
    } catch {
      return [];
    }
  }

  /** Whether a directory lists the path. */
  has(path: string): boolean {
    return this.list(dirname(path)).includes(basename(path));
  }

  isDirectory(path: string): boolean {
    return this.#fileSystem.isDirectory(path);
  }

  /** How problems name the file: beside the configuration's own name where it lies there. */
  name(path: string): string {
    const { file, path: main } = this.#main;
    if (path === main) return file;
    const beside = relative(dirname(main), path);
    return beside.startsWith('..') ? path : join(dirname(file), beside);
  }
}

function failed(message: string): SourceText {
  return { kind: 'failed', message };
}
