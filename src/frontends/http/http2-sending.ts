import type { FrameWriter } from './h2/frame-writer.ts';
import { FIRST_WINDOW, LARGEST_WINDOW } from './h2/frame.ts';
import type { Http2Exchange } from './http2-exchange.ts';

/** What the streams of one connection may send, and whose turn it is (RFC 9113 section 5.2). */
export class Http2Sending {
  /** The window of each new stream, as the client sets it. */
  firstWindow = FIRST_WINDOW;
  readonly #writer: FrameWriter;
  /** Streams that have more to send than they could. */
  readonly #waiting = new Set<Http2Exchange>();
  #window = FIRST_WINDOW;
  #isPumping = false;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** Bytes that may be sent on a stream now. 0: `await` its turn. */
  sendable(exchange: Http2Exchange): number {
    if (this.#writer.isBlocked) return 0;
    return Math.max(0, Math.min(this.#window, exchange.sendWindow));
  }

  /** Sends `bytes[0, size)`, which are no more than `sendable` said. */
  send(exchange: Http2Exchange, bytes: Buffer, size: number, endsStream: boolean): void {
    this.#window -= size;
    exchange.sendWindow -= size;
    this.#writer.data(exchange.id, bytes, size, endsStream);
  }

  /** The stream's `sendSome` is called when something may be sent. */
  await(exchange: Http2Exchange): void {
    this.#waiting.add(exchange);
  }

  forget(exchange: Http2Exchange): void {
    this.#waiting.delete(exchange);
  }

  /** The client takes so much more on the connection. False: more than there can be. */
  widen(increment: number): boolean {
    this.#window += increment;
    if (this.#window > LARGEST_WINDOW) return false;
    this.pump();
    return true;
  }

  /** The same on one stream. */
  widenStream(exchange: Http2Exchange, increment: number): boolean {
    exchange.sendWindow += increment;
    if (exchange.sendWindow > LARGEST_WINDOW) return false;
    if (this.#waiting.has(exchange)) this.pump();
    return true;
  }

  /** The client has set another window for all streams, those that there are among them. False: as above. */
  resize(exchanges: Iterable<Http2Exchange>, size: number): boolean {
    const change = size - this.firstWindow;
    this.firstWindow = size;
    for (const exchange of exchanges) {
      exchange.sendWindow += change;
      if (exchange.sendWindow > LARGEST_WINDOW) return false;
    }
    return true;
  }

  /** Lets the streams that wait send a frame each, in turn, for as long as anything can be sent. */
  pump(): void {
    if (this.#isPumping || this.#waiting.size === 0) return;
    this.#isPumping = true;
    for (const exchange of this.#waiting) {
      if (this.#writer.isBlocked || this.#window <= 0) break;
      if (exchange.sendWindow <= 0) continue;
      this.#waiting.delete(exchange);
      if (exchange.sendSome()) this.#waiting.add(exchange);
    }
    this.#isPumping = false;
  }
}
