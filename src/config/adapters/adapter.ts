import type { ConfigDocument } from '../document.ts';
import type { Environment } from '../environment.ts';
import type { ConfigFileSystem } from '../file-reader.ts';
import { type ConfigProblem, formatProblem, type Position } from '../problem.ts';

/** Another program's configuration language, taken as it is. */
export interface Adapter {
  readonly name: AdapterName;
  /** What its files are called in messages, such as `nats-server`. */
  readonly program: string;
  /**
   * Turns a file into our document. Pure but for `input.fileSystem`. Whatever has no equivalent gives a
   * notice, or an error where leaving it out would let somebody in, or further. Never throws.
   */
  adapt(input: AdapterInput): AdapterResult;
}

export type AdapterName = 'nats' | 'nginx' | 'apisix';

export interface AdapterInput {
  /** The file as it was named; problems and notices name it so. */
  readonly file: string;
  /** Its absolute path. */
  readonly path: string;
  /** The absolute path of the directory that the program would be started in. */
  readonly cwd: string;
  readonly fileSystem: AdapterFileSystem;
  /** For languages that read environment variables. */
  readonly variables: Environment;
  /** Where all traffic goes, for files that do not say it; null: the adapter's default. */
  readonly upstream: string | null;
}

export interface AdapterFileSystem extends ConfigFileSystem {
  /** The names in a directory, in any order. Throws as `readFile` does. */
  readonly list: (path: string) => readonly string[];
}

export type AdapterResult =
  | {
      readonly kind: 'adapted';
      /** In the words of our schema; places are those of the foreign file. */
      readonly document: ConfigDocument;
      /** Absolute path of the directory that relative paths in the document start from. */
      readonly directory: string;
      readonly notices: readonly Notice[];
      /** Absolute paths of all files that were read or looked for, the first the configuration. */
      readonly files: readonly string[];
    }
  | {
      readonly kind: 'invalid';
      readonly problems: readonly ConfigProblem[];
      readonly notices: readonly Notice[];
      readonly files: readonly string[];
    };

/** What became of a directive that has no equivalent, or not quite one. */
export interface Notice {
  readonly file: string;
  readonly position: Position;
  readonly directive: string;
  /** What the directive means here. */
  readonly message: string;
}

/** `file:line:col: notice: DIRECTIVE: message`. */
export function formatNotice({ file, position, directive, message }: Notice): string {
  return formatProblem({ file, position, message: `notice: ${directive}: ${message}` });
}
