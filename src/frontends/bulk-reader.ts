import type { Socket } from 'node:net';
import { LentMemory } from '../tls/lent-memory.ts';
import { type MemoryReader, readInto } from '../tls/node-tls.ts';
import { Slab } from './slab.ts';

/** A TLS record holds no more; where this much comes at once, more is likely to follow. */
export const BULK = 16_384;

/** What every connection reads into that is not in the middle of much: taken out before the next reads. */
const shared = new LentMemory(BULK);

/** Takes what a BulkReader reads. */
export interface BulkTaker {
  /**
   * `chunk` stays as it is until this returns, and in a slab until the writes are over that the slab is told of
   * (null: it is in none).
   */
  takeRead(chunk: Buffer, slab: Slab | null): void;
}

/**
 * Reads a socket without a new buffer for each read: little is lent out of memory that all share,
 * much is read into a slab that is the connection's meanwhile, one read behind the other, so that what
 * comes in many reads goes out in one write.
 */
export class BulkReader implements MemoryReader {
  readonly #socket: Socket;
  readonly #taker: BulkTaker;
  #slab: Slab | null = null;
  #isOver = false;
  #isSettled = false;

  constructor(socket: Socket, taker: BulkTaker) {
    this.#socket = socket;
    this.#taker = taker;
  }

  /**
   * Begins to read the socket, which is paused and resumed by others. What has come already is left to 'data' events,
   * and all of it where node can't read into memory of ours.
   */
  begin(): void {
    readInto(this.#socket, shared.bytes, this);
  }

  /** The socket is closed. */
  closed(): void {
    this.#slab?.forget();
    this.#slab = null;
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
      this.#socket.push(Buffer.from((slab?.rest ?? shared.bytes).subarray(0, size)));
      return this.#leave(slab);
    }
    if (slab === null) {
      slab = size < BULK ? null : Slab.lease();
      if (slab === null) {
        this.#taker.takeRead(shared.first(size), null);
        return shared.bytes;
      }
      shared.bytes.copy(slab.rest, 0, 0, size);
      this.#slab = slab;
    }
    this.#taker.takeRead(slab.takeNext(size), slab);
    if (size < BULK || this.#isOver || this.#isSettled) return this.#leave(slab);
    if (slab.rest.length >= BULK) return slab.rest;
    this.#slab = slab.next();
    return this.#slab?.rest ?? shared.bytes;
  }

  #leave(slab: Slab | null): Buffer {
    this.#slab = null;
    slab?.release();
    return shared.bytes;
  }
}
