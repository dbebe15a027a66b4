import { closeSync, read, readSync } from 'node:fs';
import type { Exchange } from '../exchange.ts';

/** A run of an answer's body: `before`, then the file's bytes from `start` up to but not including `end`. */
export interface FilePart {
  readonly before: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Read from the file at once, bytes. Large enough that reading costs little beside encryption. */
const CHUNK_BYTES = 128 * 1024;
/** What is read into, between the start of a read and the write of what it brought. */
const free: Buffer[] = [];
/** Buffers that are kept for the next read. */
const MOST_FREE = 8;

/** Bytes `[start, end)` of a file that are few enough to be read at once; null where it is shorter by now. */
export function readWhole(fd: number, start: number, end: number): Buffer | null {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, start + at);
    if (count === 0) return null;
    at += count;
  }
  return bytes;
}

/**
 * Streams parts of a file to the client as fast as it takes them, one chunk in memory at a time. Owns
 * the descriptor: it is closed once, however the answer ends. A file that turns out shorter than
 * promised cuts the answer short.
 */
export class FileBody {
  readonly #exchange: Exchange;
  readonly #fd: number;
  readonly #parts: readonly FilePart[];
  #part = -1;
  #position = 0;
  #end = 0;
  #state: 'ready' | 'reading' | 'waiting' | 'over' = 'ready';

  constructor(exchange: Exchange, fd: number, parts: readonly FilePart[]) {
    this.#exchange = exchange;
    this.#fd = fd;
    this.#parts = parts;
  }

  /** Sends everything and ends the response, whose head was sent. */
  start(): void {
    this.#exchange.onDrain = this.#drained;
    this.#exchange.onClose = this.#left;
    this.#send();
  }

  #drained = (): void => {
    if (this.#state !== 'waiting') return;
    this.#state = 'ready';
    this.#send();
  };

  #left = (): void => {
    const before = this.#state;
    this.#state = 'over';
    if (before === 'ready' || before === 'waiting') closeSync(this.#fd);
  };

  #send(): void {
    while (this.#position === this.#end) {
      this.#part += 1;
      const part = this.#parts[this.#part];
      if (part === undefined) {
        this.#finish('whole');
        return;
      }
      this.#position = part.start;
      this.#end = part.end;
      if (part.before.length > 0 && !this.#write(part.before)) return;
    }
    this.#state = 'reading';
    const length = Math.min(CHUNK_BYTES, this.#end - this.#position);
    const bytes = free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    read(this.#fd, bytes, 0, length, this.#position, this.#arrived);
  }

  #arrived = (error: Error | null, count: number, bytes: Buffer): void => {
    if (this.#state === 'over') {
      keep(bytes);
      closeSync(this.#fd);
      return;
    }
    this.#state = 'ready';
    if (error !== null || count === 0) {
      keep(bytes);
      this.#finish('cut');
      return;
    }
    this.#position += count;
    const mayGoOn = this.#write(bytes.subarray(0, count), true);
    keep(bytes);
    if (mayGoOn || (this.#isLast() && this.#isOpen())) this.#send();
  };

  #isLast(): boolean {
    return this.#position === this.#end && this.#part === this.#parts.length - 1;
  }

  #isOpen(): boolean {
    return this.#state !== 'over';
  }

  /** Whether more may follow now. */
  #write(bytes: Buffer, isLent = false): boolean {
    if (this.#exchange.write(bytes, isLent)) return this.#isOpen();
    if (this.#state === 'ready') this.#state = 'waiting';
    return false;
  }

  #finish(outcome: 'whole' | 'cut'): void {
    this.#state = 'over';
    closeSync(this.#fd);
    this.#exchange.onDrain = null;
    this.#exchange.onClose = null;
    if (outcome === 'whole') this.#exchange.end('');
    else this.#exchange.abort();
  }
}

function keep(bytes: Buffer): void {
  if (free.length < MOST_FREE) free.push(bytes);
}
