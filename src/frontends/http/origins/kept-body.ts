import type { BodyReceiver, Exchange } from '../exchange.ts';

/** Most bytes of a body that are kept, for a request that may have to be sent again. */
const MOST_KEPT = 65_536;

/**
 * The body of a request on its way to an upstream that may refuse to look at it: what has been sent is
 * kept, as far as it is short, until `forget`, and goes to whoever carries the request next.
 */
export class KeptBody implements BodyReceiver {
  readonly #exchange: Exchange;
  #carrier: BodyReceiver | null = null;
  /** null: something of it is not kept. */
  #pieces: Buffer[] | null = [];
  #bytes = 0;
  #trailers: string | null = null;
  #isAsked = false;
  #isBroken = false;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** Whether another carrier can be given all of it. */
  get isWhole(): boolean {
    return this.#pieces !== null;
  }

  /** Nobody carries it for now: its client waits. */
  hold(): void {
    this.#carrier = null;
  }

  /** Hands what has come and what will come to this carrier, and to no other any more. */
  carryTo(carrier: BodyReceiver): void {
    this.#carrier = carrier;
    if (this.#isBroken) return carrier.abort();
    for (const piece of this.#pieces ?? []) carrier.data(piece);
    if (this.#trailers !== null) {
      carrier.end(this.#trailers);
    } else if (this.#isAsked) {
      this.#exchange.resumeBody();
    } else {
      this.#isAsked = true;
      this.#exchange.receiveBody(this);
    }
  }

  /** The request will not be sent again. */
  forget(): void {
    this.#pieces = null;
  }

  data(bytes: Buffer): boolean {
    if (this.#pieces !== null) {
      this.#bytes += bytes.length;
      // While nobody carries it the client is told to wait: what comes then is on its way already.
      if (this.#bytes > MOST_KEPT && this.#carrier !== null) this.#pieces = null;
      else this.#pieces.push(bytes);
    }
    return this.#carrier?.data(bytes) ?? false;
  }

  end(trailers: string): void {
    this.#trailers = trailers;
    this.#carrier?.end(trailers);
  }

  abort(): void {
    this.#isBroken = true;
    this.#carrier?.abort();
  }
}
