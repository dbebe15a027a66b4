import { readNumber16, SizeReader } from './packet.ts';
import { isText } from './text.ts';

/**
 * Reads what a packet holds, one thing after the other. What is not there or not right leaves
 * `isMalformed` set and reads as nothing from then on.
 */
export class BodyReader {
  isMalformed = false;
  at: number;
  readonly #bytes: Buffer;
  readonly #to: number;

  constructor(bytes: Buffer, from: number, to: number) {
    this.#bytes = bytes;
    this.at = from;
    this.#to = to;
  }

  get isAtEnd(): boolean {
    return this.at === this.#to;
  }

  /** Says that what was read makes no sense. */
  fail(): void {
    this.isMalformed = true;
    this.at = this.#to;
  }

  byte(): number {
    const from = this.#take(1);
    return from === -1 ? 0 : this.#bytes[from];
  }

  number16(): number {
    const from = this.#take(2);
    return from === -1 ? 0 : readNumber16(this.#bytes, from);
  }

  number32(): number {
    const from = this.#take(4);
    return from === -1 ? 0 : this.#bytes.readUInt32BE(from);
  }

  /** A variable byte integer. */
  size(): number {
    const size = sizes.read(this.#bytes, this.at, this.#to);
    if (size < 0) {
      this.fail();
      return 0;
    }
    this.at = sizes.end;
    return size;
  }

  /** Bytes with their length before them. */
  binary(): Buffer {
    const length = this.number16();
    const from = this.#take(length);
    return from === -1 ? NOTHING : this.#bytes.subarray(from, from + length);
  }

  /** The same, which must be a text. */
  text(): Buffer {
    const bytes = this.binary();
    if (!isText(bytes)) this.fail();
    return bytes;
  }

  /** The next `length` bytes, to be read by themselves. */
  part(length: number): BodyReader {
    const from = this.#take(length);
    return new BodyReader(this.#bytes, Math.max(from, 0), from === -1 ? 0 : from + length);
  }

  /** The bytes between an offset and where it reads now. */
  since(from: number): Buffer {
    return this.#bytes.subarray(from, this.at);
  }

  #take(length: number): number {
    const from = this.at;
    if (this.isMalformed || from + length > this.#to) {
      this.fail();
      return -1;
    }
    this.at = from + length;
    return from;
  }
}

const sizes = new SizeReader();
const NOTHING = Buffer.alloc(0);
