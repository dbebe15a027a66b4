import type { BodyReceiver, RequestBody } from './exchange.ts';
import { ByteQueue } from './h2/byte-queue.ts';
import { ERROR, type Http2Error, MAX_PAYLOAD } from './h2/frame.ts';
import { ReceiveWindow } from './h2/receive-window.ts';
import { readHttp2Trailers } from './http2-request.ts';

/** Bytes that a client may send of a request body before any are taken. */
export const STREAM_WINDOW = 131_072;

/** What a body asks of its stream. */
export interface BodyStream {
  /** Bytes were taken, or thrown away: the connection's client may send as many again. */
  consumed(size: number): void;
  /** The client may send so much more on this stream. */
  widen(increment: number): void;
  /** Some of the body was handed on. */
  moved(): void;
}

/**
 * The body of one request on HTTP/2, on its way to whoever receives it. Holds what came before it was asked for, and
 * while it is paused, within the window of the stream.
 */
export class Http2RequestBody {
  /** The client has sent all of it. */
  isWhole = false;
  /** The receiver wants no more for now. */
  isPaused = false;
  readonly #stream: BodyStream;
  readonly #window = new ReceiveWindow(STREAM_WINDOW);
  /** Of an announced length; null: none was. */
  #left: number | null;
  #receiver: BodyReceiver | null = null;
  /** What has come and was not taken; null: nothing. */
  #unread: ByteQueue | null = null;
  #trailers = '';
  /** Nobody wants it any more: what still comes is thrown away. */
  #isDiscarded = false;

  constructor(stream: BodyStream, body: RequestBody) {
    this.#stream = stream;
    this.#left = body.kind === 'length' ? body.length : null;
  }

  /** The client still owes some of it to a receiver who waits for it. */
  get isAwaited(): boolean {
    return this.#receiver !== null && !this.isPaused && !this.isWhole;
  }

  start(receiver: BodyReceiver): void {
    this.#receiver = receiver;
    this.#readOn();
  }

  resume(): void {
    this.isPaused = false;
    this.#readOn();
  }

  /** DATA begins, of which so many bytes count for flow control. Null, or what is wrong with it. */
  begin(size: number): Http2Error | null {
    if (this.isWhole) return ERROR.streamClosed;
    return this.#window.receive(size) ? null : ERROR.flowControl;
  }

  /** Null, or what is wrong with it. The caller counts the bytes of a frame that is wrong. */
  receive(bytes: Buffer): Http2Error | null {
    if (this.#left !== null) {
      this.#left -= bytes.length;
      if (this.#left < 0) return ERROR.protocol;
    }
    if (this.#isDiscarded) {
      this.#taken(bytes.length);
    } else if (this.#receiver === null || this.isPaused || this.#unread !== null) {
      this.#unread ??= new ByteQueue();
      this.#unread.push(bytes);
    } else {
      this.#give(this.#receiver, bytes);
    }
    return null;
  }

  /** Bytes that were no part of the body, and count like some. */
  padded(size: number): void {
    this.#taken(size);
  }

  /** The client has ended its side. Null, or what is wrong with it. */
  end(): Http2Error | null {
    this.isWhole = true;
    if (this.#left !== null && this.#left > 0) return ERROR.protocol;
    this.#endIfRead();
    return null;
  }

  /** It has ended it with a field section. */
  endWith(list: readonly string[]): Http2Error | null {
    const trailers = readHttp2Trailers(list);
    if (trailers === null) return ERROR.protocol;
    this.#trailers = trailers;
    return this.end();
  }

  /** The answer is over before the request. */
  discard(): void {
    this.#isDiscarded = true;
    const unread = this.#unread;
    this.#unread = null;
    if (unread !== null) this.#taken(unread.length);
  }

  /** The stream is over: a receiver that has not had all is told that it never will. */
  drop(): void {
    this.isWhole = true;
    this.discard();
    const receiver = this.#receiver;
    this.#receiver = null;
    receiver?.abort();
  }

  #readOn(): void {
    for (let unread = this.#unread; unread !== null && !this.isPaused; unread = this.#unread) {
      const receiver = this.#receiver;
      const bytes = receiver === null ? null : unread.take(MAX_PAYLOAD);
      if (receiver === null || bytes === null) return;
      if (unread.isEmpty) this.#unread = null;
      this.#give(receiver, bytes);
    }
    this.#endIfRead();
  }

  #give(receiver: BodyReceiver, bytes: Buffer): void {
    this.#stream.moved();
    this.#taken(bytes.length);
    if (!receiver.data(bytes)) this.isPaused = true;
  }

  #endIfRead(): void {
    const receiver = this.#receiver;
    const isRead = this.isWhole && !this.#isDiscarded && this.#unread === null && !this.isPaused;
    if (receiver === null || !isRead) return;
    this.#receiver = null;
    receiver.end(this.#trailers);
  }

  #taken(size: number): void {
    this.#stream.consumed(size);
    const increment = this.#window.take(size);
    if (increment > 0 && !this.isWhole) this.#stream.widen(increment);
  }
}
