import type { ConfigDocument } from './document.ts';
import type { ConfigPath, ConfigProblem } from './problem.ts';
import { printPath } from './problem.ts';

/** Collects what is wrong with one configuration, each with its place. */
export class Report {
  readonly errors: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #document: ConfigDocument;

  constructor(document: ConfigDocument) {
    this.#document = document;
  }

  /** The configuration can't be run. `path` is the value that has to change, or a key that is missing. */
  error(path: ConfigPath, message: string): void {
    this.errors.push(this.#problem(path, message));
  }

  /** The configuration runs, but perhaps not as it was meant, or not for long. */
  warning(path: ConfigPath, message: string): void {
    this.warnings.push(this.#problem(path, message));
  }

  #problem(path: ConfigPath, message: string): ConfigProblem {
    const position = this.#document.position(path);
    return {
      file: position?.file ?? this.#document.file,
      position,
      message: `${printPath(path)}: ${message}`,
      path,
    };
  }
}
