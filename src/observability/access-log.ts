import type { Answer, ClientFacts } from '../frontends/http/exchange.ts';
import { type AccessLine, commonLine, jsonLine } from './access-line.ts';
import { LineFile } from './line-file.ts';

export interface AccessLogOptions {
  /** Absolute path; null: standard output. */
  readonly file: string | null;
  readonly format: 'common' | 'json';
}

/** An access log's file, and how its lines look. */
export interface OpenedLog {
  readonly file: LineFile;
  readonly line: AccessLine;
}

/** One line for each HTTP request of a process, where and how its options say. Without options nothing is written. */
export class AccessLog {
  #opened: OpenedLog | null = null;
  #dropped = 0;

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#dropped + (this.#opened?.file.dropped ?? 0);
  }

  /** Opens what `use` takes; null: the options want nothing written. Throws the system's error. */
  open(options: AccessLogOptions | null): OpenedLog | null {
    if (options === null) return null;
    const line = options.format === 'json' ? jsonLine : commonLine;
    return { file: new LineFile(options.file), line };
  }

  /** Writes there from now on, null: nowhere; what it wrote to before is closed. */
  use(opened: OpenedLog | null): void {
    this.close();
    this.#opened = opened;
  }

  add(listener: string, client: ClientFacts, answer: Answer): void {
    const opened = this.#opened;
    if (opened !== null) opened.file.append(opened.line(listener, client, answer, Date.now()));
  }

  close(): void {
    const opened = this.#opened;
    this.#opened = null;
    opened?.file.close();
    this.#dropped += opened?.file.dropped ?? 0;
  }
}
