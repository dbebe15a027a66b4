import type { Answer, ClientFacts } from '../frontends/http/exchange.ts';
import { type AccessLine, AccessRecord, commonLine, jsonLine } from './access-line.ts';
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

/** So many lines are made at once: one between two requests costs several times as much. */
const MANY = 128;

/**
 * One line for each HTTP request of a process, where and how its options say. Without options nothing is
 * written. A request is noted in its turn; its line is made with others', a tenth of a second later at most.
 */
export class AccessLog {
  #opened: OpenedLog | null = null;
  #dropped = 0;
  /** Used again and again: the first `#noted` of them have no line yet. */
  readonly #records = Array.from({ length: MANY }, () => new AccessRecord());
  #noted = 0;
  /** What the time of people is ahead of `performance.now()`, as of the first that was noted. */
  #epoch = 0;

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#dropped + (this.#opened?.file.dropped ?? 0);
  }

  /** Opens what `use` takes; null: the options want nothing written. Throws the system's error. */
  open(options: AccessLogOptions | null): OpenedLog | null {
    if (options === null) return null;
    const line = options.format === 'json' ? jsonLine : commonLine;
    return { file: new LineFile(options.file, () => this.#print()), line };
  }

  /** Writes there from now on, null: nowhere; what it wrote to before is closed. */
  use(opened: OpenedLog | null): void {
    this.close();
    this.#opened = opened;
  }

  add(listener: string, client: ClientFacts, answer: Answer): void {
    const opened = this.#opened;
    if (opened === null) return;
    const now = performance.now();
    if (this.#noted === 0) {
      this.#epoch = Date.now() - now;
      opened.file.expect();
    }
    const record = this.#records[this.#noted++];
    record.note(listener, client, answer, now, this.#epoch + now);
    if (this.#noted === MANY) this.#print();
  }

  close(): void {
    const opened = this.#opened;
    opened?.file.close();
    this.#opened = null;
    this.#dropped += opened?.file.dropped ?? 0;
  }

  /** Makes the lines of what was noted. */
  #print(): void {
    const opened = this.#opened;
    const noted = this.#noted;
    this.#noted = 0;
    for (let index = 0; index < noted; index++) {
      const record = this.#records[index];
      if (opened !== null) opened.file.append(opened.line, record);
      record.forget();
    }
  }
}
