// Answers as they arrive in pieces, held to what they must be.

const STATUS_LINE = Buffer.from('HTTP/1.1 200 ');
const HEAD_END = Buffer.from('\r\n\r\n');

type Progress = 'more' | 'whole' | 'wrong';

/** Bytes that must be `pattern` over and over, `length` of them. */
export class PatternReader {
  readonly #pattern: Buffer;
  readonly #length: number;
  #at = 0;

  constructor(pattern: Buffer, length: number) {
    this.#pattern = pattern;
    this.#length = length;
  }

  /** `whole` at the last byte, after which it begins anew. */
  read(chunk: Buffer, from: number, to: number): Progress {
    if (this.#at + to - from > this.#length) return 'wrong';
    const pattern = this.#pattern;
    let at = from;
    while (at < to) {
      const offset = this.#at % pattern.length;
      const count = Math.min(to - at, pattern.length - offset);
      if (chunk.compare(pattern, offset, offset + count, at, at + count) !== 0) return 'wrong';
      at += count;
      this.#at += count;
    }
    if (this.#at < this.#length) return 'more';
    this.#at = 0;
    return 'whole';
  }
}

/** One HTTP/1.1 answer after another: status 200, and the body that is expected. */
export class AnswerReader {
  readonly #body: PatternReader;
  #head: Buffer | null = null;
  #isInBody = false;

  constructor(pattern: Buffer, length: number) {
    this.#body = new PatternReader(pattern, length);
  }

  read(chunk: Buffer): Progress {
    if (this.#isInBody) return this.#readBody(chunk, 0);
    const received = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
    const end = received.indexOf(HEAD_END);
    if (end === -1) {
      this.#head = received;
      return 'more';
    }
    this.#head = null;
    if (received.compare(STATUS_LINE, 0, STATUS_LINE.length, 0, STATUS_LINE.length) !== 0) {
      return 'wrong';
    }
    this.#isInBody = true;
    return this.#readBody(received, end + HEAD_END.length);
  }

  #readBody(chunk: Buffer, from: number): Progress {
    const progress = this.#body.read(chunk, from, chunk.length);
    if (progress === 'whole') this.#isInBody = false;
    return progress;
  }
}
