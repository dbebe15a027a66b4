import type { Slab } from '../slab.ts';
import type { BodyReceiver, RequestBody } from './exchange.ts';
import { ChunkedDecoder } from './wire/chunked.ts';
import type { WireRefusal } from './wire/refusal.ts';

/**
 * Where bytes stand: `own`: in memory that stays as it is. `lent`: in memory that is somebody else's again when
 * the call returns. A slab: in it, as long as it is told that somebody needs it.
 */
export type BodyMemory = 'own' | 'lent' | Slab;

/**
 * The body of one HTTP/1.1 request on its way from the connection to its receiver. `feed` is given the
 * connection's bytes from the head's end on, in any segments, and takes what belongs to the body.
 */
export class Http1Body {
  /** The receiver asked for a pause: nothing is taken until `resume`. */
  isPaused = false;
  /** The whole body has come, and the receiver has been told. */
  isDone = false;
  refusal: WireRefusal | null = null;
  #receiver: BodyReceiver | null = null;
  #decoder: ChunkedDecoder | null;
  #left: number;
  #wasResumed = false;
  #memory: BodyMemory = 'own';

  constructor(body: RequestBody) {
    this.#decoder = body.kind === 'stream' ? new ChunkedDecoder() : null;
    this.#left = body.kind === 'length' ? body.length : 0;
  }

  /** Bytes that are still to come; Infinity where nobody knows. */
  get left(): number {
    return this.#decoder === null ? this.#left : Number.POSITIVE_INFINITY;
  }

  get isStarted(): boolean {
    return this.#receiver !== null;
  }

  /** From now on, to this receiver. */
  start(receiver: BodyReceiver): void {
    this.#receiver = receiver;
  }

  resume(): void {
    this.isPaused = false;
    this.#wasResumed = true;
  }

  /** The body will not be whole. The receiver hears of it once. */
  abort(): void {
    const receiver = this.#receiver;
    this.#receiver = null;
    if (!this.isDone) receiver?.abort();
  }

  /**
   * Takes bytes from `at` on while the receiver wants them; answers how far it came. `memory`: where the
   * bytes stand.
   */
  feed(bytes: Buffer, at: number, memory: BodyMemory): number {
    let position = at;
    this.#memory = memory;
    while (position < bytes.length && this.#takes()) {
      position =
        this.#decoder === null
          ? this.#feedLength(bytes, position)
          : this.#feedChunked(this.#decoder, bytes, position);
    }
    return position;
  }

  #takes(): boolean {
    return this.#receiver !== null && !this.isPaused && !this.isDone && this.refusal === null;
  }

  #feedLength(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#deliver(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    if (this.#left === 0) this.#finish('');
    return end;
  }

  #feedChunked(decoder: ChunkedDecoder, bytes: Buffer, at: number): number {
    const end = decoder.read(bytes, at);
    if (decoder.piece !== null) this.#deliver(decoder.piece);
    if (decoder.isDone) this.#finish(decoder.trailers);
    this.refusal = decoder.refusal;
    return end;
  }

  #deliver(piece: Buffer): void {
    this.#wasResumed = false;
    const wantsMore = this.#hand(piece);
    if (!wantsMore && !this.#wasResumed) this.isPaused = true;
  }

  #hand(piece: Buffer): boolean {
    const receiver = this.#receiver;
    const memory = this.#memory;
    if (receiver === null) return true;
    if (memory === 'own') return receiver.data(piece);
    if (memory === 'lent') return receiver.data(Buffer.from(piece));
    return receiver.dataInSlab?.(piece, memory) ?? receiver.data(Buffer.from(piece));
  }

  #finish(trailers: string): void {
    this.isDone = true;
    this.#receiver?.end(trailers);
  }
}
