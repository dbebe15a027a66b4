import type { Socket } from 'node:net';
import { LentMemory } from '../tls/lent-memory.ts';
import { type MemoryReader, readInto } from '../tls/node-tls.ts';
import type { BatchedWriter } from './batched-writer.ts';
import { BULK } from './bulk-reader.ts';
import { Slab } from './slab.ts';

/** What every connection reads into that is not in the middle of much: taken out before the next reads. */
const shared = new LentMemory(64 * 1024);

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
  /** Else into what is shared. */
  #readsIntoSlab = false;
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
    socket.on('close', () => {
      this.flush();
      this.#slab?.forget();
      this.#slab = null;
    });
    const take = (chunk: Buffer): void => this.#pass(chunk, null);
    const early: Buffer[] = [];
    for (let chunk = readChunk(socket); chunk !== null; chunk = readChunk(socket))
      early.push(chunk);
    // Where node can't read into memory of ours, all comes as 'data' does.
    if (!readInto(socket, shared.bytes, this)) socket.on('data', take);
    for (const chunk of early) take(chunk);
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
    if (this.#isOver) return this.#giveBack(size);
    // More than a record comes from a plain socket, which has read all it could.
    const isWhole = size < BULK || (size > BULK && this.#writer.takesAtOnce);
    this.#slab ??= isWhole ? null : Slab.lease();
    const slab = this.#slab;
    if (slab === null) {
      this.#pass(shared.first(size), null);
      return shared.bytes;
    }
    if (!this.#readsIntoSlab) shared.bytes.copy(slab.rest, 0, 0, size);
    slab.fill(size);
    return this.#readOn(slab, size);
  }

  /** Where to read to after `size` bytes that stand in the slab now. */
  #readOn(slab: Slab, size: number): Buffer {
    const { rest } = slab;
    // Behind a part of a record there may be no more for long.
    this.#readsIntoSlab = size >= BULK;
    if (rest.length < shared.bytes.length) {
      this.flush();
      if (!this.#readsIntoSlab) return this.#leave();
      this.#slab = slab.next();
      return this.#slab?.rest ?? this.#leave();
    }
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(endTurn, this);
    }
    return this.#readsIntoSlab ? rest : shared.bytes;
  }

  /** Whatever came in this turn of the event loop is there. */
  endTurn(): void {
    this.flush();
    if (!this.#readsIntoSlab) this.#leave();
  }

  #giveBack(size: number): Buffer {
    const memory = this.#readsIntoSlab ? this.#slab?.rest : null;
    this.#socket.push(Buffer.from((memory ?? shared.bytes).subarray(0, size)));
    return this.#leave();
  }

  #pass(chunk: Buffer, slab: Slab | null): void {
    if (this.#isOver) return;
    this.#writer.begin(slab);
    this.#take(chunk);
    this.#writer.flush();
  }

  #leave(): Buffer {
    this.#slab?.release();
    this.#slab = null;
    this.#readsIntoSlab = false;
    return shared.bytes;
  }
}

/** One of the chunks that wait in a socket; null: none is left. */
function readChunk(socket: Socket): Buffer | null {
  return socket.read() as Buffer | null;
}

function endTurn(reader: RelayReader): void {
  reader.endTurn();
}
