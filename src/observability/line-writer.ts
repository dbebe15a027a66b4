import { fstatSync, writeSync } from 'node:fs';

/** How long a reader that takes nothing is waited for, milliseconds: the connections wait with it. */
const PATIENCE_MS = 1000;
const AGAIN_MS = 5;
/** What is written at a time to a file. */
const FILE_BYTES = 16_384;
/** What a pipe takes as a whole, whoever else writes into it. */
const PIPE_BYTES = 4096;

/**
 * Writes whole lines to a file descriptor that other processes write to as well. What can't be written
 * is left out and counted; nothing throws.
 */
export class LineWriter {
  /** Lines that were not written. */
  dropped = 0;
  readonly #fd: number;
  /** What is written at a time. */
  readonly #mostBytes: number;
  /** Whether a part of a line was written, with which the next would be lost. */
  #isTorn = false;
  /** Until the reader takes something again. */
  #patienceMs = PATIENCE_MS;

  constructor(fd: number) {
    this.#fd = fd;
    this.#mostBytes = isFile(fd) ? FILE_BYTES : PIPE_BYTES;
  }

  /** Each ends in a line feed. */
  write(lines: readonly string[]): void {
    let piece = '';
    let bytes = 0;
    for (const line of lines) {
      const added = Buffer.byteLength(line);
      if (bytes > 0 && bytes + added > this.#mostBytes) {
        this.#write(piece);
        piece = '';
        bytes = 0;
      }
      piece += line;
      bytes += added;
    }
    if (bytes > 0) this.#write(piece);
  }

  #write(lines: string): void {
    const start = this.#isTorn ? 1 : 0;
    const bytes = Buffer.from(this.#isTorn ? `\n${lines}` : lines);
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
