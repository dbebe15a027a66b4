import type { Socket } from 'node:net';

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
  #isScheduled = false;

  /** `onFull` is called when the socket has more than it takes; it will emit 'drain'. */
  constructor(socket: Socket, onFull: () => void) {
    this.#socket = socket;
    this.#onFull = onFull;
  }

  /** Adds a piece, to be followed by `settle`. */
  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
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
    if (pieces.length === 1) {
      socket.write(pieces[0]);
    } else {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
    if (socket.writableLength >= socket.writableHighWaterMark) this.#onFull();
  }
}

function flushScheduled(writer: BatchedWriter): void {
  writer.flush();
}
