import { Socket } from 'node:net';
import { type UpstreamFailure, upstreamFailure } from '../../../upstreams/failure.ts';
import type { ByteSink } from '../../../upstreams/dial.ts';
import type { Poolable } from '../../../upstreams/pool.ts';
import { tunnel } from '../../tunnel.ts';
import type { Exchange } from '../exchange.ts';
import type { UpstreamLimits } from '../options.ts';
import { CR } from '../wire/characters.ts';
import { ChunkedDecoder } from '../wire/chunked.ts';
import { HeadBuffer, INCOMPLETE } from '../wire/head-buffer.ts';
import { type ParsedResponse, parseResponseHead } from '../wire/response-head.ts';
import { Http1Upload } from './http1-upload.ts';
import type { ProxyFailure, UpstreamMeter } from './upstream-client.ts';

/** What a connection tells the client that owns it. */
export interface Http1Owner {
  readonly limits: UpstreamLimits;
  readonly meter: UpstreamMeter;
  /**
   * From now on the upstream has the response timeout to answer, or to take more of the body. `now`: what
   * `performance.now()` has just said, if it was asked.
   */
  awaits(connection: Http1Connection, now?: number): void;
  awaitsNoMore(connection: Http1Connection): void;
  /** The connection can carry the next request. */
  released(connection: Http1Connection): void;
  died(connection: Http1Connection): void;
  /** The connection died before a byte of the answer; `head` is the request as it was sent. */
  unanswered(exchange: Exchange, head: string, isFirstUse: boolean, failure: ProxyFailure): void;
  /** The answer failed: by then nothing of it, or its head and a part of its body, was passed on. */
  failed(exchange: Exchange, isHeadSent: boolean, failure: ProxyFailure): void;
}

type Written = () => void;

type Phase = 'idle' | 'head' | 'length' | 'chunked' | 'close' | 'tunnel' | 'dead';

/**
 * One HTTP/1.1 connection to an upstream, carrying one request at a time. Responses are read as
 * strictly as requests. Whatever leaves doubt about where a response ends, an early answer, a byte
 * too many, a client that went away, ends the connection: the next request never meets the rest.
 */
export class Http1Connection implements Poolable<Http1Connection>, ByteSink {
  older: Http1Connection | null = null;
  newer: Http1Connection | null = null;
  expiresAt = 0;
  within: unknown = null;
  #socket: Socket = NO_SOCKET;
  readonly #owner: Http1Owner;
  readonly #head = new HeadBuffer();
  readonly #onClientGone = (): void => this.abandon();
  readonly #onClientDrain = (): void => this.#resume();
  #phase: Phase = 'idle';
  #exchange: Exchange | null = null;
  #requestText = '';
  #requests = 0;
  #begunAt = 0;
  #upload: Http1Upload | null = null;
  /** The whole request was handed to the socket. */
  #isSent = false;
  /** A byte of the answer has come. */
  #isAnswering = false;
  #isHeadSent = false;
  #isPersistent = false;
  #isStalled = false;
  #interims = 0;
  #left = 0;
  #decoder: ChunkedDecoder | null = null;

  constructor(owner: Http1Owner) {
    this.#owner = owner;
  }

  /** The connection is there; what it receives comes through `receive`. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('end', () => this.#ended());
    socket.on('error', (error) => this.#lost(upstreamFailure(error)));
    socket.on('close', () => this.#lost(CLOSED));
    socket.on('drain', () => this.#drained());
  }

  /** Whether a request can be written to it now. */
  get isUsable(): boolean {
    return this.#phase === 'idle' && this.#socket.writable;
  }

  /** Sends the request, `head` with its framing included, and answers the exchange. */
  begin(exchange: Exchange, head: string): void {
    const { body } = exchange.request;
    this.#phase = 'head';
    this.#exchange = exchange;
    this.#requestText = head;
    this.#requests++;
    this.#begunAt = performance.now();
    this.#isSent = false;
    this.#isAnswering = false;
    this.#isHeadSent = false;
    this.#interims = 0;
    exchange.onClose = this.#onClientGone;
    exchange.onDrain = this.#onClientDrain;
    if (body.kind === 'none') {
      this.#isSent = true;
      this.#owner.awaits(this, this.#begunAt);
      this.#socket.write(head, 'latin1');
      return;
    }
    this.#upload = new Http1Upload(this, body);
    // One segment for the head and what is there of the body already.
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    exchange.receiveBody(this.#upload);
    this.#socket.uncork();
  }

  /** The upstream has more than it takes for now. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** `written`: called when the memory of all pieces is of no more use here; null: nobody asks. */
  sendBody(pieces: readonly Buffer[], written: Written | null): boolean {
    const socket = this.#socket;
    const isCorked = pieces.length > 1;
    if (isCorked) socket.cork();
    const accepted = this.#writeAll(pieces, written);
    if (isCorked) socket.uncork();
    return this.#accepted(accepted);
  }

  sendChunk(head: string, pieces: readonly Buffer[], written: Written | null): boolean {
    const socket = this.#socket;
    socket.cork();
    socket.write(head, 'latin1');
    this.#writeAll(pieces, written);
    const accepted = socket.write('\r\n', 'latin1');
    socket.uncork();
    return this.#accepted(accepted);
  }

  /** `text` ends the body's framing. */
  endBody(text: string): void {
    if (text !== '') this.#socket.write(text, 'latin1');
    this.#upload = null;
    this.#isSent = true;
    this.#isStalled = false;
    this.#owner.awaitsNoMore(this);
    if (!this.#isHeadSent) this.#owner.awaits(this);
  }

  /** The client is gone, or its body turned out malformed: nobody waits for the answer. */
  abandon(): void {
    this.#detach();
    this.#die();
  }

  /** The body is not what was announced, so the request can't be finished. */
  breakOff(): void {
    const exchange = this.#exchange;
    this.abandon();
    exchange?.abort();
  }

  /** The upstream did not answer, or did not take the request's body, in time. */
  timeOut(): void {
    this.#fail({ code: 'response-timeout', detail: `${this.#owner.limits.responseTimeoutMs} ms` });
  }

  /** Ends an idle connection. */
  close(): void {
    this.#phase = 'dead';
    this.#socket.destroy();
  }

  #writeAll(pieces: readonly Buffer[], written: Written | null): boolean {
    const socket = this.#socket;
    const last = pieces.length - 1;
    for (let index = 0; index < last; index += 1) socket.write(pieces[index]);
    const piece = pieces[last];
    return written === null ? socket.write(piece) : socket.write(piece, written);
  }

  #accepted(accepted: boolean): boolean {
    if (!accepted && !this.#isStalled) {
      this.#isStalled = true;
      this.#owner.awaits(this);
    }
    return accepted;
  }

  #drained(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    this.#owner.awaitsNoMore(this);
    this.#exchange?.resumeBody();
  }

  #resume(): void {
    this.#socket.resume();
  }

  receive(bytes: Buffer): boolean {
    this.#isAnswering = true;
    switch (this.#phase) {
      case 'head':
        this.#readHeads(bytes);
        break;
      case 'length':
        this.#readLength(bytes);
        break;
      case 'chunked':
        this.#readChunked(bytes);
        break;
      case 'close':
        this.#passOn(bytes);
        break;
      case 'tunnel':
        return this.#socket.push(Buffer.from(bytes));
      case 'idle':
        // Bytes that no request asked for would be taken for the answer to the next one.
        this.#lost(UNASKED);
        break;
      case 'dead':
        break;
    }
    return true;
  }

  #readHeads(bytes: Buffer): void {
    const head = this.#head;
    const isPart = head.length > 0;
    head.append(bytes);
    while (this.#phase === 'head' && head.length > 0) {
      const { maxHeadBytes, maxFields } = this.#owner.limits;
      const length = head.findHead(maxHeadBytes);
      if (length === INCOMPLETE) {
        if (!isPart) this.#keepRest();
        return;
      }
      if (length < 0) return this.#fail(badResponse('the head is too long or malformed'));
      const exchange = this.#exchange;
      if (exchange === null) return;
      const end = head.start + length;
      const { method } = exchange.request;
      const response = parseResponseHead(head.bytes, head.start, end, method, maxFields);
      head.readTo(end);
      if (response.kind === 'refused') return this.#fail(badResponse(response.detail));
      if (response.status === 101) return this.#switchProtocols(exchange, response);
      if (response.status < 200) this.#passInterim(exchange, response);
      else this.#beginResponse(exchange, response);
    }
  }

  /** What is left of this segment stands in memory that is about to be reused. */
  #keepRest(): void {
    const rest = Buffer.from(this.#head.rest());
    this.#head.readTo(this.#head.end);
    this.#head.append(rest);
  }

  #passInterim(exchange: Exchange, response: ParsedResponse): void {
    this.#interims++;
    if (this.#interims > MAX_INTERIMS) return this.#fail(badResponse('too many interim responses'));
    // The client's expectation was answered when its body was asked for.
    if (response.status !== 100) exchange.interim(response.status, response.fields);
  }

  #beginResponse(exchange: Exchange, response: ParsedResponse): void {
    const rest = this.#head.rest();
    this.#head.readTo(this.#head.end);
    this.#isHeadSent = true;
    this.#isPersistent = response.persistent;
    this.#owner.awaitsNoMore(this);
    this.#owner.meter.answered((performance.now() - this.#begunAt) / 1000);
    exchange.respond(response, rest.length > 0 && response.framing !== 'chunked');
    if (this.#exchange !== exchange) return;
    switch (response.framing) {
      case 'none':
        if (rest.length > 0) this.#isPersistent = false;
        this.#finish('');
        return;
      case 'length':
        this.#phase = 'length';
        this.#left = response.body.kind === 'length' ? response.body.length : 0;
        if (rest.length > 0 || this.#left === 0) this.#readLength(rest);
        return;
      case 'chunked':
        this.#phase = 'chunked';
        this.#decoder = new ChunkedDecoder();
        if (rest.length > 0) this.#readChunked(rest);
        return;
      case 'close':
        this.#phase = 'close';
        if (rest.length > 0) this.#passOn(rest);
        return;
    }
  }

  #passOn(bytes: Buffer): void {
    if (this.#exchange?.write(bytes, true) === false) this.#socket.pause();
  }

  #readLength(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    let length = bytes.length;
    if (length > this.#left) {
      this.#isPersistent = false;
      length = this.#left;
    }
    this.#left -= length;
    const piece = length === bytes.length ? bytes : bytes.subarray(0, length);
    const hasRoom = length === 0 || exchange.write(piece, true);
    if (this.#exchange !== exchange) return;
    if (this.#left === 0) this.#finish('');
    else if (!hasRoom) this.#socket.pause();
  }

  /** What has come of several chunks is moved together, where it stands, and passed on as one. */
  #readChunked(bytes: Buffer): void {
    const exchange = this.#exchange;
    const decoder = this.#decoder;
    if (exchange === null || decoder === null) return;
    let at = 0;
    let start = 0;
    let end = 0;
    // Of the last piece: where the others end, and where it stood.
    let before = 0;
    let behind = 0;
    while (at < bytes.length && !decoder.isOver) {
      at = decoder.read(bytes, at);
      const { piece } = decoder;
      if (piece === null) continue;
      const from = piece.byteOffset - bytes.byteOffset;
      if (end === 0) {
        start = from;
        end = from;
      } else bytes.copyWithin(end, from, from + piece.length);
      before = end;
      behind = at;
      end += piece.length;
    }
    // A chunk that is longer than its size said: nobody knows what it is.
    if (decoder.refusal !== null && bytes[behind] !== CR) end = before;
    const hasRoom = end === start || exchange.write(bytes.subarray(start, end), true);
    if (this.#exchange !== exchange) return;
    if (decoder.isDone) {
      if (at < bytes.length) this.#isPersistent = false;
      this.#finish(decoder.trailers);
    } else if (decoder.refusal !== null) this.#fail(badResponse(decoder.refusal.detail));
    else if (!hasRoom) this.#socket.pause();
  }

  #finish(trailers: string): void {
    const exchange = this.#detach();
    if (this.#isPersistent && this.#isSent && this.#socket.writable) {
      this.#phase = 'idle';
      this.#socket.resume();
      this.#owner.released(this);
    } else {
      this.#die();
    }
    exchange?.end(trailers);
  }

  #switchProtocols(exchange: Exchange, response: ParsedResponse): void {
    const asked = exchange.request.upgrade !== null;
    if (!asked || !response.upgrade) {
      return this.#fail(badResponse('it switched to a protocol that was not asked for'));
    }
    const rest = Buffer.from(this.#head.rest());
    const socket = this.#socket;
    this.#detach();
    const client = exchange.upgrade(response);
    if (client === null) return this.#die();
    this.#phase = 'tunnel';
    if (rest.length > 0) client.socket.write(rest);
    if (client.early.length > 0) socket.write(client.early);
    tunnel(client.socket as Socket, socket);
  }

  #ended(): void {
    if (this.#phase === 'tunnel') return;
    if (this.#phase === 'close') {
      this.#isPersistent = false;
      this.#finish('');
    } else {
      this.#lost(CLOSED);
    }
  }

  #lost(failure: UpstreamFailure): void {
    if (this.#phase === 'dead' || this.#phase === 'tunnel') return;
    const exchange = this.#exchange;
    if (exchange === null) return this.#die();
    const early: ProxyFailure = { code: 'closed-early', detail: failure.detail };
    if (this.#isAnswering) return this.#fail(early);
    const text = this.#requestText;
    const isFirstUse = this.#requests === 1;
    this.#detach();
    this.#die();
    this.#owner.unanswered(exchange, text, isFirstUse, early);
  }

  /** Ends the connection and tells the client: with a status while there is none, else by a cut. */
  #fail(failure: ProxyFailure): void {
    const isHeadSent = this.#isHeadSent;
    const exchange = this.#detach();
    this.#die();
    if (exchange !== null) this.#owner.failed(exchange, isHeadSent, failure);
  }

  #detach(): Exchange | null {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#requestText = '';
    this.#decoder = null;
    this.#upload?.detach();
    this.#upload = null;
    this.#isStalled = false;
    this.#owner.awaitsNoMore(this);
    if (exchange !== null) {
      exchange.onClose = null;
      exchange.onDrain = null;
    }
    return exchange;
  }

  #die(): void {
    this.#phase = 'dead';
    this.#owner.died(this);
    this.#socket.destroy();
  }
}

/** Until there is one. */
const NO_SOCKET = new Socket();
const CLOSED: UpstreamFailure = { code: 'reset', detail: 'the upstream closed the connection' };
const UNASKED: UpstreamFailure = { code: 'reset', detail: 'the upstream sent bytes unasked' };
/** 1xx responses before the final one; each costs memory while the client does not read. */
const MAX_INTERIMS = 100;

function badResponse(detail: string): ProxyFailure {
  return { code: 'bad-response', detail };
}
