import { fstatSync, writeSync } from 'node:fs';
import { MAX_LINE, type PutLine } from './line-bytes.ts';

/** How long a reader that takes nothing is waited for, milliseconds: the connections wait with it. */
const PATIENCE_MS = 1000;
const AGAIN_MS = 5;
/** What is written at a time to a file. */
const FILE_BYTES = 16_384;
/** What a pipe takes as a whole, whoever else writes into it. */
const PIPE_BYTES = 4096;

/**
 * Writes whole lines to a file descriptor that other processes write to as well: they are gathered until
 * `flush`, or until there are as many as are written at a time. What can't be written is left out and
 * counted; nothing throws.
 */
export class LineWriter {
  /** Lines that were not written. */
  dropped = 0;
  readonly #fd: number;
  /** What is written at a time. */
  readonly #mostBytes: number;
  /** Where lines are gathered; there is always room for one more of `MAX_LINE`. */
  readonly #memory: Buffer;
  #used = 0;
  /** Whether a part of a line was written, with which the next would be lost. */
  #isTorn = false;
  /** Until the reader takes something again. */
  #patienceMs = PATIENCE_MS;

  constructor(fd: number) {
    this.#fd = fd;
    this.#mostBytes = isFile(fd) ? FILE_BYTES : PIPE_BYTES;
    this.#memory = Buffer.allocUnsafeSlow(this.#mostBytes + MAX_LINE);
  }

  /** Takes the line that `put` makes of `content`. */
  put<Content>(put: PutLine<Content>, content: Content): void {
    this.#taken(put(content, this.#memory, this.#used));
  }

  /** Takes a line of any length, which ends in a line feed. */
  add(line: string): void {
    const bytes = Buffer.from(line);
    if (bytes.length <= MAX_LINE) {
      this.#memory.set(bytes, this.#used);
      this.#taken(this.#used + bytes.length);
    } else {
      this.flush();
      this.#write(bytes);
    }
  }

  /** Writes what was gathered. */
  flush(): void {
    const used = this.#used;
    this.#used = 0;
    if (used > 0) this.#write(this.#memory.subarray(0, used));
  }

  /** The lines up to `end` are there; what is more than is written at a time waits behind the others. */
  #taken(end: number): void {
    const before = this.#used;
    this.#used = end;
    if (end <= this.#mostBytes || before === 0) return;
    this.#used = before;
    this.flush();
    this.#memory.copyWithin(0, before, end);
    this.#used = end - before;
  }

  #write(lines: Buffer): void {
    const start = this.#isTorn ? 1 : 0;
    const bytes = this.#isTorn ? Buffer.concat([LINE_END, lines]) : lines;
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#fd, bytes, at);
        this.#isTorn = bytes[at - 1] !== LINE_FEED;
        this.#patienceMs = PATIENCE_MS;
      } catch (error) {
        const isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!isFull || this.#patienceMs <= 0) {
          this.dropped += countOf(LINE_FEED, bytes.subarray(Math.max(at, start)));
          return;
        }
        Atomics.wait(STANDSTILL, 0, 0, AGAIN_MS);
        this.#patienceMs -= AGAIN_MS;
      }
    }
  }
}

const LINE_FEED = 0x0a;
const LINE_END = Buffer.from([LINE_FEED]);
const STANDSTILL = new Int32Array(new SharedArrayBuffer(4));

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}

function countOf(byte: number, bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}
