import { CR, LF } from './characters.ts';

const EMPTY = Buffer.alloc(0);

/** What `findHead` found: the head's length in bytes, or one of these. */
export const INCOMPLETE = 0;
export const TOO_LONG = -1;
export const BARE_LF = -2;

/**
 * Received bytes that nobody has read yet, from `bytes[start]` to `bytes[end]`. One segment is held
 * as it came; a second one that comes before the first is read is appended to a copy that grows by
 * doubling. The reader bounds what it appends.
 */
export class HeadBuffer {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** Bytes before this index hold no end of a head. */
  #scanned = 0;
  #isOurs = false;

  get length(): number {
    return this.end - this.start;
  }

  append(segment: Buffer): void {
    if (this.start === this.end) {
      this.bytes = segment;
      this.start = 0;
      this.end = segment.length;
      this.#scanned = 0;
      this.#isOurs = false;
      return;
    }
    const needed = this.length + segment.length;
    if (!this.#isOurs || this.end + segment.length > this.bytes.length) this.#move(needed);
    this.bytes.set(segment, this.end);
    this.end += segment.length;
  }

  /** Marks bytes up to this index of `bytes` as read; forgets the memory when none is left. */
  readTo(index: number): void {
    this.start = index;
    if (index === this.end) {
      this.bytes = EMPTY;
      this.start = 0;
      this.end = 0;
      this.#isOurs = false;
    }
    this.#scanned = this.start;
  }

  /** Copies what is left, whose memory is about to be used again. */
  keep(): void {
    if (this.length > 0 && !this.#isOurs) this.#move(this.length);
  }

  /** `bytes` up to `end`: the same indexes, nothing behind. */
  filled(): Buffer {
    return this.#isOurs ? this.bytes.subarray(0, this.end) : this.bytes;
  }

  /** What is left, as a view. */
  rest(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  /**
   * The length of the head that begins at `start`, up to and including its blank line. A bare LF
   * where no blank line is in sight yet is told at once: the blank line might never come.
   */
  findHead(maxBytes: number): number {
    const from = Math.max(this.start, this.#scanned - 3);
    const limit = Math.min(this.end, this.start + maxBytes);
    const end = blankLineEnd(this.bytes, from, limit);
    if (end > 0) return end - this.start;
    if (hasBareLf(this.bytes, this.start, from, limit)) return BARE_LF;
    if (this.length > maxBytes) return TOO_LONG;
    this.#scanned = this.end;
    return INCOMPLETE;
  }

  #move(needed: number): void {
    const moved = Buffer.allocUnsafeSlow(Math.max(1024, needed * 2));
    this.bytes.copy(moved, 0, this.start, this.end);
    this.#scanned = Math.max(0, this.#scanned - this.start);
    this.end = this.length;
    this.start = 0;
    this.bytes = moved;
    this.#isOurs = true;
  }
}

/** The index behind the first CRLF CRLF in `bytes[from, end)`; 0: there is none. Looks at every fourth byte. */
function blankLineEnd(bytes: Buffer, from: number, end: number): number {
  let at = from + 3;
  while (at < end) {
    const code = bytes[at];
    if (code > CR) at += 4;
    else if (code === LF) {
      if (bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR) return at + 1;
      at += 2;
    } else if (code === CR) at += 1;
    else at += 4;
  }
  return 0;
}

/** Whether `bytes[from, end)` holds an LF without a CR before it; `start` is where the message begins. */
export function hasBareLf(bytes: Buffer, start: number, from: number, end: number): boolean {
  let at = bytes.indexOf(LF, from);
  while (at >= 0 && at < end) {
    if (at === start || bytes[at - 1] !== CR) return true;
    at = bytes.indexOf(LF, at + 1);
  }
  return false;
}
