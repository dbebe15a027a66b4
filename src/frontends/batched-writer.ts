import type { Socket } from 'node:net';
import { takesAtOnce } from '../tls/node-tls.ts';
import type { Slab } from './slab.ts';

/**
 * Writes to a socket what passes through in pieces: those of a chunk go out together, since each write
 * is a system call. Bytes are copied only where the socket can't take them at once and their memory is
 * not theirs until it has.
 */
export class BatchedWriter {
  readonly #socket: Socket;
  readonly #onFull: () => void;
  readonly #pieces: Buffer[] = [];
  #slab: Slab | null = null;

  /** `onFull` is called when the socket has more than it takes; it will emit 'drain'. */
  constructor(socket: Socket, onFull: () => void) {
    this.#socket = socket;
    this.#onFull = onFull;
  }

  /** Whether what is written now is taken before `flush` returns. */
  get takesAtOnce(): boolean {
    return takesAtOnce(this.#socket);
  }

  /** The pieces that follow stay as they are until the writes are over that `slab` is told of; null: until `flush`. */
  begin(slab: Slab | null): void {
    this.#slab = slab;
  }

  /** Adds a piece, to be followed by `flush`. Pieces that lie side by side in memory become one. */
  add(piece: Buffer): void {
    const pieces = this.#pieces;
    const last = pieces.at(-1);
    if (last !== undefined && adjoins(last, piece)) {
      pieces[pieces.length - 1] = joined(last, piece);
    } else {
      pieces.push(piece);
    }
  }

  /** Writes everything that was added. */
  flush(): void {
    const pieces = this.#pieces;
    const slab = this.#slab;
    this.#slab = null;
    if (pieces.length === 0) return;
    const socket = this.#socket;
    if (socket.writable) {
      if (takesAtOnce(socket)) {
        this.#writeAll();
      } else if (slab === null) {
        socket.write(Buffer.concat(pieces));
      } else {
        slab.beginWrite();
        this.#writeAll(slab.written);
      }
    }
    pieces.length = 0;
    if (socket.writableLength >= socket.writableHighWaterMark) this.#onFull();
  }

  #writeAll(written?: () => void): void {
    const socket = this.#socket;
    const pieces = this.#pieces;
    const last = pieces.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index < last; index += 1) socket.write(pieces[index]);
    socket.write(pieces[last], written);
    if (last > 0) socket.uncork();
  }
}

function adjoins(first: Buffer, second: Buffer): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
}

function joined(first: Buffer, second: Buffer): Buffer {
  return Buffer.from(first.buffer, first.byteOffset, first.length + second.length);
}
