import type { Socket } from 'node:net';
import { type MemoryReader, readInto } from '../tls/node-tls.ts';
import type { BatchedWriter } from './batched-writer.ts';
import { BULK } from './bulk-reader.ts';
import { Slab } from './slab.ts';

/** What every connection reads into that is not in the middle of much: taken out before the next reads. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Reads a socket without a new buffer for each read, for another to be written to. Little is taken
 * straight out of memory that all share. Where TLS records come full, more is likely to follow: they
 * are read into a slab that is the connection's meanwhile, one behind the other, and those that come in
 * one turn of the event loop are taken and written as one chunk.
 */
export class RelayReader implements MemoryReader {
  readonly #socket: Socket;
  readonly #writer: BatchedWriter;
  readonly #take: (chunk: Buffer) => void;
  #slab: Slab | null = null;
  #isScheduled = false;
  #isOver = false;

  /** `take` has each chunk and adds to the writer what passes of it; it is valid until `take` returns. */
  constructor(socket: Socket, writer: BatchedWriter, take: (chunk: Buffer) => void) {
    this.#socket = socket;
    this.#writer = writer;
    this.#take = take;
  }

  /** Begins to read the socket, which is paused and resumed by others. */
  begin(): void {
    if (this.#isOver) return;
    const socket = this.#socket;
    const early: Buffer[] = [];
    for (let chunk = readChunk(socket); chunk !== null; chunk = readChunk(socket))
      early.push(chunk);
    if (!readInto(socket, shared, this)) {
      socket.on('data', (chunk: Buffer) => this.#pass(chunk, null));
    }
    socket.once('close', () => {
      this.flush();
      this.#slab?.forget();
    });
    for (const chunk of early) this.#pass(chunk, null);
  }

  /** Has everything taken that has come. To be called before 'end' of the socket is acted upon. */
  flush(): void {
    this.#isScheduled = false;
    const slab = this.#slab;
    const chunk = slab?.take();
    if (chunk !== null && chunk !== undefined) this.#pass(chunk, slab);
  }

  /** From now on there are 'data' events again, for whoever wants them. */
  end(): void {
    this.#isOver = true;
  }

  received(size: number): Buffer {
    if (this.#isOver) {
      this.#socket.push(Buffer.from((this.#slab?.rest ?? shared).subarray(0, size)));
      return this.#leave();
    }
    return this.#slab === null ? this.#receivedFirst(size) : this.#receivedNext(this.#slab, size);
  }

  #receivedFirst(size: number): Buffer {
    // More than a record comes from a plain socket, which has read all it could.
    const isWhole = size < BULK || (size > BULK && this.#writer.takesAtOnce);
    const slab = isWhole ? null : Slab.lease();
    if (slab === null) {
      this.#pass(shared.subarray(0, size), null);
      return shared;
    }
    shared.copy(slab.rest, 0, 0, size);
    this.#slab = slab;
    return this.#receivedNext(slab, size);
  }

  #receivedNext(slab: Slab, size: number): Buffer {
    slab.fill(size);
    if (size < BULK) {
      this.flush();
      return this.#leave();
    }
    const { rest } = slab;
    if (rest.length >= BULK) {
      this.#schedule();
      return rest;
    }
    this.flush();
    this.#slab = slab.next();
    return this.#slab?.rest ?? shared;
  }

  #pass(chunk: Buffer, slab: Slab | null): void {
    if (this.#isOver) return;
    this.#writer.begin(slab);
    this.#take(chunk);
    this.#writer.flush();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(flushScheduled, this);
  }

  #leave(): Buffer {
    this.#slab?.release();
    this.#slab = null;
    return shared;
  }
}

function flushScheduled(reader: RelayReader): void {
  reader.flush();
}

/** One of the chunks that wait in a socket; null: none is left. */
function readChunk(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}
