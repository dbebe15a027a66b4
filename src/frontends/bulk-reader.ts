import type { Socket } from 'node:net';
import type { MemoryReader } from '../tls/node-tls.ts';
import { beginReading } from './begin-reading.ts';
import { Slab } from './slab.ts';

/** A TLS record holds no more; where this much comes at once, more is likely to follow. */
export const BULK = 16_384;

/** What every connection reads into that is not in the middle of much: taken out before the next reads. */
const shared = Buffer.allocUnsafeSlow(BULK);

/**
 * Reads a socket without a new buffer for each read: little is copied out of memory that all share,
 * much is read into a slab that is the connection's meanwhile, one read behind the other, so that what
 * comes in many reads goes out in one write.
 */
export class BulkReader implements MemoryReader {
  readonly #socket: Socket;
  readonly #take: (chunk: Buffer, slab: Slab | null) => void;
  readonly #flush: () => void;
  #slab: Slab | null = null;
  #isOver = false;
  #isSettled = false;

  /**
   * `take` has each chunk, which stays as it is until the writes are over that it tells the slab of.
   * `flush` makes it write at once what it has kept of a slab.
   */
  constructor(socket: Socket, take: (chunk: Buffer, slab: Slab | null) => void, flush: () => void) {
    this.#socket = socket;
    this.#take = take;
    this.#flush = flush;
  }

  /** Begins to read the socket, which is paused and resumed by others. */
  begin(): void {
    if (this.#isOver) return;
    const socket = this.#socket;
    socket.on('close', () => this.#slab?.forget());
    beginReading(socket, shared, this, (chunk) => {
      if (!this.#isOver) this.#take(chunk, null);
    });
  }

  /** From now on there are 'data' events again, for whoever wants them. */
  end(): void {
    this.#isOver = true;
  }

  /** No more is to be expected of what came last: the connection has no slab until much comes again. */
  settle(): void {
    this.#isSettled = true;
  }

  received(size: number): Buffer {
    let slab = this.#slab;
    this.#isSettled = false;
    if (this.#isOver) {
      this.#socket.push(Buffer.from((slab?.rest ?? shared).subarray(0, size)));
      return this.#leave(slab);
    }
    if (slab === null) {
      slab = size < BULK ? null : Slab.lease();
      if (slab === null) {
        this.#take(Buffer.from(shared.subarray(0, size)), null);
        return shared;
      }
      shared.copy(slab.rest, 0, 0, size);
      this.#slab = slab;
    }
    this.#take(slab.takeNext(size), slab);
    if (size < BULK || this.#isOver || this.#isSettled) {
      this.#flush();
      return this.#leave(slab);
    }
    if (slab.rest.length >= BULK) return slab.rest;
    this.#flush();
    this.#slab = slab.next();
    return this.#slab?.rest ?? shared;
  }

  #leave(slab: Slab | null): Buffer {
    this.#slab = null;
    slab?.release();
    return shared;
  }
}
