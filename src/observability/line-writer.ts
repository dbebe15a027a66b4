import { fstatSync, writeSync } from 'node:fs';

/** How long a reader that takes nothing is waited for, milliseconds: the connections wait with it. */
const PATIENCE_MS = 1000;
const AGAIN_MS = 5;
/** How long lines that can wait are gathered, or until they are so many bytes. */
const WAIT_MS = 100;
const ENOUGH_BYTES = 16_384;
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
  #gathered = '';
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;
  /** Whether a part of a line was written, with which the next would be lost. */
  #isTorn = false;
  /** Until the reader takes something again. */
  #patienceMs = PATIENCE_MS;

  constructor(fd: number) {
    this.#fd = fd;
    this.#mostBytes = isFile(fd) ? ENOUGH_BYTES : PIPE_BYTES;
  }

  /** Writes it within a tenth of a second, with others; also where the process ends before. */
  gather(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#bytes + bytes > this.#mostBytes) this.flush();
    this.#gathered += line;
    this.#bytes += bytes;
    if (this.#timer !== null) return;
    this.#timer = setTimeout(this.flush, WAIT_MS).unref();
    process.once('exit', this.flush);
  }

  /** Writes it now, behind what was gathered. */
  write(line: string): void {
    this.flush();
    this.#write(line);
  }

  /** Writes what was gathered. */
  readonly flush = (): void => {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    process.off('exit', this.flush);
    this.#timer = null;
    const lines = this.#gathered;
    this.#gathered = '';
    this.#bytes = 0;
    this.#write(lines);
  };

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
