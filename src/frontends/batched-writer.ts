import type { Socket } from 'node:net';
import type { Slab } from './slab.ts';

/** A TLS record holds no more: a chunk of this size is seldom the last of what has come. */
const FULL_RECORD = 16_384;
/** Bytes that are written without waiting for more. */
const ENOUGH = 256 * 1024;

/**
 * Writes to a socket what arrives in pieces. Each write is a system call, which costs more than
 * decrypting what it carries, so pieces that come in one turn of the event loop go out together; a
 * piece with nothing behind it goes at once.
 */
export class BatchedWriter {
  readonly #socket: Socket;
  readonly #onFull: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Where the pieces lie; null: nowhere that is used again. */
  #slab: Slab | null = null;
  #isScheduled = false;

  /** `onFull` is called when the socket has more than it takes; it will emit 'drain'. */
  constructor(socket: Socket, onFull: () => void) {
    this.#socket = socket;
    this.#onFull = onFull;
  }

  /**
   * Adds a piece, to be followed by `settle`. Pieces that lie side by side in memory become one. Those
   * of a slab, whatever else is among them, keep it in use until they are written.
   */
  add(piece: Buffer, slab: Slab | null): void {
    if (slab !== this.#slab) {
      this.flush();
      this.#slab = slab;
    }
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    this.#bytes += piece.length;
    if (last !== undefined && adjoins(last, piece)) {
      pieces[pieces.length - 1] = joined(last, piece);
    } else {
      pieces.push(piece);
    }
  }

  /** What a chunk of `size` bytes has brought was added: it is written before this turn ends. */
  settle(size: number): void {
    if (this.#bytes === 0) return;
    if (size < FULL_RECORD || this.#bytes >= ENOUGH) {
      this.flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(flushScheduled, this);
    }
  }

  /** Writes everything that was added. */
  flush(): void {
    this.#isScheduled = false;
    const socket = this.#socket;
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#bytes = 0;
    if (!socket.writable) return;
    const slab = this.#slab;
    const last = pieces.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index += 1) socket.write(pieces[index]);
    if (slab === null) {
      socket.write(pieces[last]);
    } else {
      slab.beginWrite();
      socket.write(pieces[last], slab.written);
    }
    if (last > 0) socket.uncork();
    if (socket.writableLength >= socket.writableHighWaterMark) this.#onFull();
  }
}

function adjoins(first: Buffer, second: Buffer): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
}

function joined(first: Buffer, second: Buffer): Buffer {
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
}

function flushScheduled(writer: BatchedWriter): void {
  writer.flush();
}
