import type { ExpiringItem } from '../../upstreams/expiring-list.ts';
import type {
  Answer,
  BodyReceiver,
  ClientFacts,
  Exchange,
  RequestHead,
  ResponseHead,
} from './exchange.ts';
import { GRPC_STATUS, grpcRefusal, grpcStatusOf, isGrpc, statusFields } from './grpc.ts';
import { ByteQueue } from './h2/byte-queue.ts';
import { ERROR, type Http2Error, MAX_PAYLOAD } from './h2/frame.ts';
import type { Http2Connection } from './http2.ts';
import { type BodyStream, Http2RequestBody } from './http2-request-body.ts';
import { problemResponse } from './problem.ts';

/** One request and its answer on a stream of an HTTP/2 connection. */
export class Http2Exchange implements Exchange, Answer, BodyStream, ExpiringItem<Http2Exchange> {
  older: Http2Exchange | null = null;
  newer: Http2Exchange | null = null;
  expiresAt = 0;
  within: unknown = null;
  readonly id: number;
  readonly request: RequestHead;
  readonly client: ClientFacts;
  readonly begunAt = performance.now();
  status = 0;
  sentBytes = 0;
  onDrain: (() => void) | null = null;
  onClose: (() => void) | null = null;
  /** Bytes that the client takes; the connection keeps it. Below 0 where the client has changed its mind. */
  sendWindow: number;
  /** Nothing more is sent or taken on the stream. */
  isClosed = false;
  /** null: the request ended with its head. */
  readonly body: Http2RequestBody | null;
  readonly #connection: Http2Connection;
  #isHeadSent = false;
  /** The answer is over as far as its origin is concerned. */
  #isOver = false;
  /** Bytes of an announced length that are still to come; Infinity where none was announced. */
  #left = Number.POSITIVE_INFINITY;
  #isTrailing = false;
  #trailers = '';
  /** What could not be sent of the answer so far; null: nothing. */
  #unsent: ByteQueue | null = null;
  /** A call of gRPC, whose stream may be silent for as long as it likes. */
  #isCall = false;
  /** The origin waits until the client has taken what was written. */
  #isBlocked = false;
  #extensions = 0;
  /** What the connection's client had taken when this stream's time was extended. */
  #takenBefore = -1;

  constructor(
    connection: Http2Connection,
    id: number,
    request: RequestHead,
    client: ClientFacts,
    endsStream: boolean,
  ) {
    this.#connection = connection;
    this.id = id;
    this.request = request;
    this.client = client;
    this.sendWindow = connection.sending.firstWindow;
    this.body = endsStream ? null : new Http2RequestBody(this, request.body);
  }

  receiveBody(receiver: BodyReceiver): void {
    const { body } = this;
    if (body === null) return receiver.end('');
    if (this.isClosed) return receiver.abort();
    this.#isCall = isGrpc(this.request);
    const isAsked = this.request.expectsContinue && !this.#isHeadSent && !body.isWhole;
    if (isAsked) this.#connection.writer.headers(this.id, 100, '', -1, false);
    body.start(receiver);
    this.#time();
  }

  resumeBody(): void {
    if (this.#isOver) return;
    this.body?.resume();
    this.#time();
  }

  /** The client has sent nothing that it owes, or taken nothing that waits for it, for the stall timeout. */
  stalled(): void {
    if (this.isClosed) return;
    if (this.#isOver || this.#isBlocked) this.#holdsBack();
    else this.problem(408, 'Request Timeout', 'The request body took too long.');
  }

  interim(status: number, fields: string): void {
    if (this.#isHeadSent || this.isClosed) return;
    this.#connection.writer.headers(this.id, status, fields, -1, false);
  }

  respond(head: ResponseHead): void {
    if (this.#isHeadSent || this.isClosed) return;
    this.#isHeadSent = true;
    this.status = head.status;
    if (this.within !== null) this.#time();
    const { body, fields } = head;
    const { writer } = this.#connection;
    if (body.kind === 'stream') {
      this.#isTrailing = true;
      writer.headers(this.id, head.status, fields, -1, false);
      return;
    }
    this.#left = body.kind === 'length' ? body.length : 0;
    const length = body.length === null || isTrailersOnly(body.length, fields) ? -1 : body.length;
    writer.headers(this.id, head.status, fields, length, this.#left === 0);
  }

  write(bytes: Buffer, isLent = false): boolean {
    if (this.#isOver || !this.#isHeadSent || this.isClosed || bytes.length === 0) return true;
    if (bytes.length > this.#left) {
      this.abort();
      return true;
    }
    this.#connection.moved();
    this.sentBytes += bytes.length;
    this.#left -= bytes.length;
    const { sending, writer } = this.#connection;
    let rest = bytes;
    if (this.#unsent === null) {
      const size = Math.min(bytes.length, sending.sendable(this));
      const isAll = size === bytes.length;
      if (size > 0) sending.send(this, bytes, size, isAll && this.#left === 0);
      // With this the socket is full. Its origin waits now, so that what is next need not be kept.
      if (isAll) return !writer.isBlocked || this.#left === 0 || this.#block();
      rest = bytes.subarray(size);
      this.#unsent = new ByteQueue();
    }
    this.#unsent.push(isLent ? Buffer.from(rest) : rest);
    if (this.#unsent.length < MOST_UNSENT) {
      sending.await(this);
      return true;
    }
    return this.#block();
  }

  end(trailers: string): void {
    if (this.#isOver) return;
    if (this.#left > 0 && this.#left < Number.POSITIVE_INFINITY) {
      this.abort();
      return;
    }
    this.#isOver = true;
    this.#trailers = trailers;
    if (this.isClosed) return;
    this.body?.discard();
    if (this.#unsent === null) this.#answerSent();
    else this.#time();
  }

  abort(): void {
    if (this.#isOver) return;
    if (!this.#isHeadSent && !this.isClosed) {
      this.problem(500, 'Internal Server Error', 'the request could not be served');
      return;
    }
    if (this.#isTrailing && !this.isClosed && isGrpc(this.request)) {
      this.end(statusFields(GRPC_STATUS.unavailable, 'the upstream broke off its answer'));
      return;
    }
    this.#isOver = true;
    // Not an end of the stream: a client could take the part for the whole.
    this.#reset(ERROR.internal);
  }

  problem(
    status: number,
    title: string,
    detail: string,
    grpcStatus: number = grpcStatusOf(status),
  ): void {
    if (this.#isHeadSent) {
      this.abort();
      return;
    }
    const { handshakeId } = this.client;
    if (isGrpc(this.request)) {
      this.respond(grpcRefusal(this.request, grpcStatus, detail, handshakeId));
      this.end('');
      return;
    }
    const { head, body } = problemResponse(status, title, detail, handshakeId);
    const isHead = this.request.method === 'HEAD';
    this.respond(isHead ? { ...head, body: { kind: 'none', length: body.length } } : head);
    if (!isHead) this.write(body);
    this.end('');
  }

  upgrade(): null {
    return null;
  }

  /** The client, or the connection, is gone. */
  lost(): void {
    const isCut = !this.#isOver;
    this.#isOver = true;
    this.#close();
    if (isCut) this.onClose?.();
  }

  /** The client has done something wrong on this stream. */
  cut(code: Http2Error): void {
    if (this.isClosed) return;
    this.#connection.streamError(this.id, code);
    this.lost();
  }

  /** The stream's DATA has come, or a part of it. */
  receive(bytes: Buffer): void {
    const fault = this.body?.receive(bytes) ?? null;
    if (fault !== null) {
      this.#connection.consumed(bytes.length);
      this.cut(fault);
    } else if (!this.isClosed && (this.within !== null || this.body?.isAwaited === true)) {
      this.#time();
    }
  }

  /** The client has ended its side, with a field section where there is a list. */
  requestEnded(list: readonly string[] | null): void {
    const { body } = this;
    const fault = list === null ? body?.end() : body?.endWith(list);
    if (fault !== null && fault !== undefined && !this.#isOver) this.cut(fault);
    else if (this.#isOver && this.#unsent === null) this.#close();
    else this.#time();
  }

  /** Sends one frame of what waits, for which there is a window. False: that was all. */
  sendSome(): boolean {
    const unsent = this.#unsent;
    if (unsent !== null) {
      const { sending } = this.#connection;
      const bytes = unsent.take(Math.min(MAX_PAYLOAD, sending.sendable(this))) ?? NOTHING;
      const isAll = unsent.isEmpty;
      sending.send(this, bytes, bytes.length, isAll && this.#left === 0);
      if (!isAll) return true;
      this.#unsent = null;
    }
    this.#isBlocked = false;
    this.#extensions = 0;
    if (this.#isOver) {
      this.#answerSent();
      return false;
    }
    this.#time();
    this.onDrain?.();
    // What its origin has written meanwhile has put it in line again.
    return false;
  }

  consumed(size: number): void {
    this.#connection.consumed(size);
  }

  widen(increment: number): void {
    if (!this.isClosed) this.#connection.writer.windowUpdate(this.id, increment);
  }

  moved(): void {
    this.#connection.moved();
  }

  #block(): false {
    this.#connection.sending.await(this);
    this.#isBlocked = true;
    this.#time();
    return false;
  }

  /** All of the answer is on its way but what ends it. */
  #answerSent(): void {
    if (this.#isTrailing) this.#sendEnd();
    if (this.body === null || this.body.isWhole) {
      this.#close();
    } else if (isGrpc(this.request)) {
      // A client of gRPC can lose the status by a reset that follows it closely.
      this.#time();
    } else {
      // The client need not send the rest.
      this.#reset(ERROR.none);
    }
  }

  #sendEnd(): void {
    const { writer } = this.#connection;
    if (this.#trailers === '') writer.data(this.id, NOTHING, 0, true);
    else writer.headers(this.id, 0, this.#trailers, -1, true);
  }

  /**
   * While the client owes us something its time runs, and starts over with each piece. Once there is an
   * answer, how long the rest of the request takes is between origin and client.
   */
  #time(): void {
    if (this.isClosed) return;
    const owesBody = this.body?.isAwaited === true && !this.#isHeadSent && !this.#isCall;
    if (owesBody || this.#isBlocked || this.#isOver) this.#connection.awaitClient(this);
    else this.#connection.awaitClientNoMore(this);
  }

  /**
   * What was written has waited for the stall timeout. Streams share their connection: while that is
   * full, and moves, it may not be this stream's turn yet.
   */
  #holdsBack(): void {
    const { taken, waiting } = this.#connection.backlog;
    if (waiting > 0 && taken === this.#takenBefore) return this.#connection.destroy();
    if (waiting > 0 && this.#extensions < MAX_EXTENSIONS) {
      this.#takenBefore = taken;
      this.#extensions++;
      this.#connection.awaitClient(this);
      return;
    }
    const isCut = !this.#isOver;
    this.#isOver = true;
    this.#reset(ERROR.internal);
    if (isCut) this.onClose?.();
  }

  #reset(code: Http2Error): void {
    if (this.isClosed) return;
    this.#connection.writer.reset(this.id, code);
    this.#close();
  }

  #close(): void {
    if (this.isClosed) return;
    const wasOpen = this.body !== null && !this.body.isWhole;
    this.isClosed = true;
    this.#unsent = null;
    this.body?.drop();
    this.#connection.streamClosed(this, wasOpen);
  }
}

const NOTHING = Buffer.alloc(0);
/** Bytes of an answer that may wait for the client before its origin has to. */
const MOST_UNSENT = 32_768;
/** How often the stall timeout may pass for one write on a connection that moves slowly. */
const MAX_EXTENSIONS = 10;

/** gRPC's answer that is all head and has no content: a length would be one field too many for it. */
function isTrailersOnly(length: number, fields: string): boolean {
  return length === 0 && /(?:^|\n)content-type:[ \t]*application\/grpc/i.test(fields);
}
