import type { Socket } from 'node:net';
import { kernelProgress } from '../../tls/node-tls.ts';
import { ExpiringList } from '../../upstreams/expiring-list.ts';
import { coarseClock, type Expiring } from './coarse-clock.ts';
import type { Answer, ClientFacts, Exchange } from './exchange.ts';
import {
  ERROR,
  FIRST_WINDOW,
  type Http2Error,
  LARGEST_WINDOW,
  MAX_PAYLOAD,
  SETTING,
} from './h2/frame.ts';
import { FrameReader, type FrameSink } from './h2/frame-reader.ts';
import { FrameWriter } from './h2/frame-writer.ts';
import { FloodGuard } from './h2/flood-guard.ts';
import { HpackDecoder } from './h2/hpack-decoder.ts';
import { ReceiveWindow } from './h2/receive-window.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { PSEUDO_FIELDS, readHttp2Request, unreadableRequest } from './http2-request.ts';
import { STREAM_WINDOW } from './http2-request-body.ts';
import { Http2Sending } from './http2-sending.ts';
import type { HttpLimits } from './options.ts';
import { reasonPhrase } from './problem.ts';

/** What answers the requests of one connection. */
export interface RequestHandler {
  readonly client: ClientFacts;
  handle(exchange: Exchange): void;
  /** As in Http1Session. */
  readonly answered?: (answer: Answer) => void;
}

/**
 * HTTP/2 on an accepted TLS connection whose client chose `h2`, or on a plain one whose client began
 * with it (RFC 9113). Each request becomes an exchange. Bounded: streams at a time and in all, field sections, resets,
 * settings, pings, frames of nothing, memory, the time without a request, the time a client makes a stream wait, and
 * its lifetime. Nothing it receives makes it throw.
 */
export class Http2Connection implements Expiring, FrameSink {
  deadline = Number.POSITIVE_INFINITY;
  clockPlace = -1;
  readonly writer: FrameWriter;
  readonly sending: Http2Sending;
  isOver = false;
  readonly #socket: Socket;
  readonly #handler: RequestHandler;
  readonly #limits: HttpLimits;
  readonly #reader: FrameReader = new FrameReader(this);
  readonly #decoder: HpackDecoder;
  readonly #streams = new Map<number, Http2Exchange>();
  /** Streams that were reset by us before the client had ended them: more may be on its way. */
  readonly #abandoned = new Set<number>();
  readonly #stalls: ExpiringList<Http2Exchange>;
  /** When its lifetime is over, by the clock. */
  readonly #endsAt: number;
  readonly #guard: FloodGuard;
  /** What came in this turn, and has not been handed over. */
  #fresh: Http2Exchange[] = [];
  #lastStream = 0;
  #requests = 0;
  readonly #receiveWindow = new ReceiveWindow(CONNECTION_WINDOW);
  /** Whom DATA is for that is being read; null: nobody. */
  #dataFor: Http2Exchange | null = null;
  #dataLeft = 0;
  #dataEndsStream = false;
  #isClosing = false;
  /** Nothing is read: too much of what was asked for already has not been taken. */
  #isHeld = false;
  #lingered = 0;

  constructor(socket: Socket, handler: RequestHandler, limits: HttpLimits) {
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    this.#guard = new FloodGuard(limits.maxStreams);
    this.#decoder = new HpackDecoder(limits.maxFields + PSEUDO_FIELDS, limits.maxHeadBytes);
    this.writer = new FrameWriter(socket, () => this.#drained());
    this.sending = new Http2Sending(this.writer);
    this.#stalls = stallsAfter(limits.stallTimeoutMs);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', ignore);
    socket.on('close', () => this.#closed());
    coarseClock.add(this);
    this.#endsAt = coarseClock.deadline(limits.lifetimeMs);
    this.#wait(limits.headTimeoutMs);
    this.writer.settings([
      [SETTING.maxStreams, limits.maxStreams],
      [SETTING.initialWindow, STREAM_WINDOW],
      [SETTING.maxHeadBytes, limits.maxHeadBytes],
    ]);
    this.writer.windowUpdate(0, CONNECTION_WINDOW - FIRST_WINDOW);
  }

  /** Tells the client to send no further requests, and ends when those under way are answered. */
  drain(): void {
    if (this.isOver || this.#isClosing) return;
    this.#isClosing = true;
    this.writer.goaway(this.#lastStream, ERROR.none);
    if (this.#streams.size === 0) this.#sayGoodbye();
    else this.#wait(Number.POSITIVE_INFINITY);
  }

  /** Without a request for too long, too old, or its client did not close after we had said goodbye. */
  expire(): void {
    if (this.#isClosing) this.destroy();
    else this.drain();
  }

  /** Ends the connection now, whatever it is doing. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** The exchange waits for its client from now on: to send some of its body, or to take some of its answer. */
  awaitClient(exchange: Http2Exchange): void {
    this.#stalls.remove(exchange);
    this.#stalls.add(exchange);
  }

  awaitClientNoMore(exchange: Http2Exchange): void {
    this.#stalls.remove(exchange);
  }

  /** Bytes that the kernel has not taken, so that no stream can go on. */
  get backlog(): { readonly taken: number; readonly waiting: number } {
    return kernelProgress(this.#socket);
  }

  /** Some of a body has come or gone: clients measure the way by pings meanwhile. */
  moved(): void {
    this.#guard.moved();
  }

  /** Bytes of a body were taken, or thrown away: the client may send as many again. */
  consumed(size: number): void {
    const increment = this.#receiveWindow.take(size);
    if (increment > 0 && !this.isOver) this.writer.windowUpdate(0, increment);
  }

  /** A stream is over. `wasOpen`: the client had not ended its side. */
  streamClosed(exchange: Http2Exchange, wasOpen: boolean): void {
    if (!this.#streams.delete(exchange.id)) return;
    this.sending.forget(exchange);
    this.#stalls.remove(exchange);
    if (wasOpen) this.#abandon(exchange.id);
    this.#handler.answered?.(exchange);
    if (this.#streams.size > 0 || this.isOver) return;
    if (this.#isClosing) this.#sayGoodbye();
    else this.#wait(this.#limits.idleTimeoutMs);
  }

  /** What a client did wrong on one stream alone. It costs as much as a reset of its own. */
  streamError(stream: number, code: Http2Error): void {
    this.writer.reset(stream, code);
    this.#bound(this.#guard.reset());
  }

  /** Ends the connection with GOAWAY for what the client has done. */
  fail(code: Http2Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#isClosing = true;
    this.writer.goaway(this.#lastStream, code);
    this.#forgetStreams();
    this.#sayGoodbye();
  }

  headers(stream: number, endsStream: boolean, block: Buffer, at: number, end: number): void {
    const list: string[] = [];
    const outcome = this.#decoder.read(block, at, end, list);
    if (outcome === 'malformed') return this.fail(ERROR.compression);
    if (stream <= this.#lastStream) {
      const exchange = this.#streams.get(stream);
      if (exchange !== undefined) return this.#trailers(exchange, endsStream, outcome, list);
      if (this.#isAwaited(stream, endsStream)) return;
      return this.fail(stream === this.#lastStream ? ERROR.streamClosed : ERROR.protocol);
    }
    // After our goodbye nothing more is looked at; the client knows that.
    if (this.#isClosing) return;
    this.#lastStream = stream;
    if (this.#streams.size >= this.#limits.maxStreams) {
      this.writer.reset(stream, ERROR.refusedStream);
      if (!endsStream) this.#abandon(stream);
      this.#bound(this.#guard.refusal());
      return;
    }
    if (outcome === 'too-large') {
      this.writer.reset(stream, ERROR.enhanceYourCalm);
      if (!endsStream) this.#abandon(stream);
      return;
    }
    this.#accept(stream, endsStream, list);
  }

  dataBegin(stream: number, size: number, endsStream: boolean): void {
    if (!this.#receiveWindow.receive(size)) return this.fail(ERROR.flowControl);
    if (size === 0 && !endsStream) this.#bound(this.#guard.nothing());
    if (this.isOver) return;
    const exchange = this.#streams.get(stream);
    this.#dataEndsStream = endsStream;
    this.#dataLeft = size;
    this.#dataFor = null;
    if (exchange === undefined) {
      if (stream > this.#lastStream && !this.#isClosing) return this.fail(ERROR.protocol);
      if (stream <= this.#lastStream && !this.#isAwaited(stream, endsStream)) {
        this.streamError(stream, ERROR.streamClosed);
      }
      return;
    }
    // What follows a request that has ended is as wrong as too much of one.
    const fault = exchange.body === null ? ERROR.streamClosed : exchange.body.begin(size);
    if (fault === null) this.#dataFor = exchange;
    else exchange.cut(fault);
  }

  dataBytes(bytes: Buffer): void {
    const exchange = this.#dataFor;
    if (exchange === null || exchange.isClosed) return;
    this.#dataLeft -= bytes.length;
    exchange.receive(bytes);
  }

  dataEnd(): void {
    const exchange = this.#dataFor;
    this.#dataFor = null;
    const isHeard = exchange !== null && !exchange.isClosed;
    // Padding, or what nobody is there for.
    if (this.#dataLeft > 0) {
      if (isHeard) exchange.body?.padded(this.#dataLeft);
      else this.consumed(this.#dataLeft);
    }
    if (isHeard && this.#dataEndsStream) exchange.requestEnded(null);
  }

  reset(stream: number): void {
    const exchange = this.#streams.get(stream);
    if (exchange === undefined) {
      if (stream > this.#lastStream && !this.#isClosing) this.fail(ERROR.protocol);
      return;
    }
    // A browser that leaves a page resets what it was loading; a rapid reset goes on and on.
    this.#bound(this.#guard.reset());
    exchange.lost();
    // Nothing more of it can be on its way.
    this.#abandoned.delete(stream);
  }

  setting(id: number, value: number): void {
    switch (id) {
      case SETTING.tableSize:
        if (value < DEFAULT_TABLE) this.writer.shrinkTable();
        return;
      case SETTING.enablePush:
        if (value > 1) this.fail(ERROR.protocol);
        return;
      case SETTING.initialWindow:
        if (value > LARGEST_WINDOW || !this.sending.resize(this.#streams.values(), value)) {
          this.fail(ERROR.flowControl);
        }
        return;
      case SETTING.maxFrame:
        if (value < MAX_PAYLOAD || value > LARGEST_PAYLOAD) this.fail(ERROR.protocol);
        return;
      default:
    }
  }

  settingsEnd(): void {
    this.writer.acknowledgeSettings();
    this.#bound(this.#guard.settings());
    this.sending.pump();
  }

  settingsAcknowledged(): void {
    this.#bound(this.#guard.settings());
  }

  ping(bytes: Buffer, at: number): void {
    this.writer.pong(bytes, at);
    this.#bound(this.#guard.ping());
  }

  /** An answer to a ping, of which we send none. */
  pong(): void {
    this.#bound(this.#guard.ping());
  }

  /** The client leaves when it has its answers. */
  goaway(): void {
    this.drain();
  }

  windowUpdate(stream: number, increment: number): void {
    if (stream === 0) {
      if (increment === 0) this.fail(ERROR.protocol);
      else if (!this.sending.widen(increment)) this.fail(ERROR.flowControl);
      return;
    }
    const exchange = this.#streams.get(stream);
    if (exchange === undefined) {
      if (stream > this.#lastStream && !this.#isClosing) this.fail(ERROR.protocol);
    } else if (increment === 0) exchange.cut(ERROR.protocol);
    else if (!this.sending.widenStream(exchange, increment)) exchange.cut(ERROR.flowControl);
  }

  #read(chunk: Buffer): void {
    if (this.isOver) {
      // Read past, so that the client reads why before it is reset.
      this.#lingered += chunk.length;
      if (this.#lingered > MOST_LINGERED) this.destroy();
      return;
    }
    this.#reader.read(chunk);
    // Now that it is known which of them were reset in the same breath.
    const fresh = this.#fresh;
    if (fresh.length > 0) {
      this.#fresh = [];
      for (const exchange of fresh) if (!exchange.isClosed) this.#handler.handle(exchange);
    }
    if (!this.writer.isFlooded) return;
    this.#isHeld = true;
    this.#socket.pause();
  }

  #accept(stream: number, endsStream: boolean, list: readonly string[]): void {
    this.#requests++;
    this.#wait(Number.POSITIVE_INFINITY);
    const request = readHttp2Request(list, !endsStream, this.#limits);
    const head = request.kind === 'request' ? request.head : unreadableRequest(list, !endsStream);
    const exchange = new Http2Exchange(this, stream, head, this.#handler.client, endsStream);
    this.#streams.set(stream, exchange);
    if (this.#requests >= this.#limits.maxRequests) this.drain();
    if (request.kind === 'request') this.#fresh.push(exchange);
    else exchange.problem(request.status, reasonPhrase(request.status), request.detail);
  }

  #trailers(
    exchange: Http2Exchange,
    endsStream: boolean,
    outcome: 'read' | 'too-large',
    list: readonly string[],
  ): void {
    if (exchange.body === null || exchange.body.isWhole) this.fail(ERROR.streamClosed);
    else if (!endsStream) exchange.cut(ERROR.protocol);
    else if (outcome === 'too-large') exchange.cut(ERROR.enhanceYourCalm);
    else exchange.requestEnded(list);
  }

  #drained(): void {
    if (this.#isHeld) this.#socket.resume();
    this.#isHeld = false;
    this.sending.pump();
  }

  /** Whether a frame of a stream that is over was on its way then. */
  #isAwaited(stream: number, endsStream: boolean): boolean {
    return endsStream ? this.#abandoned.delete(stream) : this.#abandoned.has(stream);
  }

  #abandon(stream: number): void {
    this.#abandoned.add(stream);
    if (this.#abandoned.size <= MOST_ABANDONED) return;
    for (const oldest of this.#abandoned) {
      this.#abandoned.delete(oldest);
      return;
    }
  }

  #bound(isFlood: boolean): void {
    if (isFlood) this.fail(ERROR.enhanceYourCalm);
  }

  /** For so long at most, and for no longer than it may live. */
  #wait(milliseconds: number): void {
    const deadline = coarseClock.deadline(milliseconds);
    this.deadline = this.#isClosing ? deadline : Math.min(deadline, this.#endsAt);
  }

  /** Nothing is under way and nothing more is taken: all that is left is that the client closes as well. */
  #sayGoodbye(): void {
    this.isOver = true;
    this.writer.flush();
    if (this.#socket.writable) this.#socket.end();
    this.#wait(LINGER_MS);
  }

  /** The client has ended its side: it waits for nothing. */
  #ended(): void {
    this.isOver = true;
    this.#isClosing = true;
    this.#forgetStreams();
    this.#sayGoodbye();
  }

  #closed(): void {
    coarseClock.delete(this);
    this.isOver = true;
    this.#forgetStreams();
  }

  #forgetStreams(): void {
    for (const exchange of this.#streams.values()) exchange.lost();
  }
}

/** Exchanges that wait for their client, those of all connections: one timer for each timeout that is configured. */
const stallLists = new Map<number, ExpiringList<Http2Exchange>>();

function stallsAfter(milliseconds: number): ExpiringList<Http2Exchange> {
  let list = stallLists.get(milliseconds);
  if (list === undefined) {
    list = new ExpiringList(milliseconds, (exchange) => exchange.stalled());
    stallLists.set(milliseconds, list);
  }
  return list;
}

function ignore(): void {}

/** Flow control over all streams of a connection; each has its own window of an eighth. */
const CONNECTION_WINDOW = 1_048_576;
const DEFAULT_TABLE = 4096;
/** What a client may say that it takes; we send no more than every one takes. */
const LARGEST_PAYLOAD = 0xff_ffff;
/** Streams that are remembered because their clients could not know yet that they are over. */
const MOST_ABANDONED = 512;
/** From our goodbye until the connection is cut, when nothing is under way. */
const LINGER_MS = 2000;
const MOST_LINGERED = 1_048_576;
