import { constants, type ServerHttp2Stream, type ServerStreamResponseOptions } from 'node:http2';
import type { ExpiringItem } from '../../upstreams/expiring-list.ts';
import type {
  Answer,
  BodyReceiver,
  ClientFacts,
  Exchange,
  RequestHead,
  ResponseHead,
} from './exchange.ts';
import type { Http2Connection } from './http2.ts';
import { appendFields, fieldObject } from './http2-fields.ts';
import { readHttp2Trailers } from './http2-request.ts';
import { GRPC_STATUS, grpcRefusal, grpcStatusOf, isGrpc, statusFields } from './grpc.ts';
import { problemResponse } from './problem.ts';

/** One request and its answer on a stream of an HTTP/2 connection. */
export class Http2Exchange implements Exchange, Answer, ExpiringItem<Http2Exchange> {
  older: Http2Exchange | null = null;
  newer: Http2Exchange | null = null;
  expiresAt = 0;
  within: unknown = null;
  readonly request: RequestHead;
  readonly client: ClientFacts;
  readonly begunAt = performance.now();
  status = 0;
  sentBytes = 0;
  onDrain: (() => void) | null = null;
  onClose: (() => void) | null = null;
  readonly #connection: Http2Connection;
  readonly #stream: ServerHttp2Stream;
  #receiver: BodyReceiver | null = null;
  #isRequestOver: boolean;
  #requestLeft: number;
  #requestTrailers = '';
  #isHeadSent = false;
  #isOver = false;
  /** Bytes of an announced length that are still to come; Infinity where none was announced. */
  #left = Number.POSITIVE_INFINITY;
  #isTrailing = false;
  #trailers = '';
  /** A call of gRPC, whose stream may be silent for as long as it likes. */
  #isCall = false;
  /** The receiver of the body wants no more for now. */
  #isPaused = false;
  /** Nothing more is written before the client has taken what was. */
  #isBlocked = false;
  #extensions = 0;
  /** What the connection's client had taken when this stream's time was extended. */
  #takenBefore = -1;

  constructor(
    connection: Http2Connection,
    stream: ServerHttp2Stream,
    request: RequestHead,
    client: ClientFacts,
  ) {
    this.#connection = connection;
    this.#stream = stream;
    this.request = request;
    this.client = client;
    this.#isRequestOver = request.body.kind === 'none';
    this.#requestLeft = request.body.kind === 'length' ? request.body.length : 0;
    stream.on('error', ignore);
    stream.on('close', () => this.#closed());
  }

  receiveBody(receiver: BodyReceiver): void {
    if (this.#isRequestOver) {
      receiver.end('');
      return;
    }
    this.#receiver = receiver;
    this.#isCall = isGrpc(this.request);
    const stream = this.#stream;
    if (this.request.expectsContinue && !this.#isHeadSent && !this.#isGone()) {
      stream.additionalHeaders({ ':status': 100 });
    }
    stream.on('trailers', (_fields, _flags, list) => this.#readTrailers(list));
    stream.on('end', () => this.#endRequest());
    stream.on('data', (bytes: Buffer) => this.#readBody(bytes));
    this.#time();
  }

  resumeBody(): void {
    if (this.#isRequestOver) return;
    this.#isPaused = false;
    this.#time();
    this.#stream.resume();
  }

  /** The client has sent nothing that it owes, or taken nothing that waits for it, for the stall timeout. */
  stalled(): void {
    if (this.#stream.destroyed) return;
    if (this.#isOver || this.#isBlocked) this.#holdsBack();
    else {
      const receiver = this.#receiver;
      this.#receiver = null;
      this.problem(408, 'Request Timeout', 'The request body took too long.');
      receiver?.abort();
    }
  }

  interim(status: number, fields: string): void {
    if (this.#isHeadSent || this.#isGone()) return;
    this.#stream.additionalHeaders({ ':status': status, ...fieldObject(fields) });
  }

  respond(head: ResponseHead): void {
    if (this.#isHeadSent || this.#isGone()) return;
    this.#isHeadSent = true;
    this.status = head.status;
    if (this.within !== null) this.#time();
    const { body } = head;
    const list = [':status', String(head.status)];
    appendFields(list, head.fields);
    if (body.kind === 'stream') {
      this.#isTrailing = true;
      this.#stream.on('wantTrailers', () => this.#sendTrailers());
      this.#sendHead(list, TRAILING);
      return;
    }
    if (body.length !== null && !isTrailersOnly(body.length, list)) {
      list.push('content-length', String(body.length));
    }
    this.#left = body.kind === 'length' ? body.length : 0;
    this.#sendHead(list, this.#left === 0 ? ENDING : NOT_ENDING);
  }

  write(given: Buffer, isLent = false): boolean {
    if (this.#isOver || !this.#isHeadSent || this.#isGone()) return true;
    if (given.length === 0) return true;
    const bytes = isLent ? Buffer.from(given) : given;
    this.#connection.moved();
    this.sentBytes += bytes.length;
    if (bytes.length >= this.#left) {
      if (bytes.length > this.#left) {
        this.abort();
        return true;
      }
      // The last bytes carry END_STREAM themselves.
      this.#left = 0;
      this.#stream.end(bytes);
      return true;
    }
    this.#left -= bytes.length;
    if (this.#stream.write(bytes)) return true;
    if (this.#stream.listenerCount('drain') === 0) this.#stream.on('drain', () => this.#drained());
    this.#isBlocked = true;
    this.#time();
    return false;
  }

  end(trailers: string): void {
    if (this.#isOver) return;
    if (this.#left > 0 && this.#left < Number.POSITIVE_INFINITY) {
      this.abort();
      return;
    }
    this.#isOver = true;
    if (this.#isGone()) return;
    this.#time();
    if (this.#isTrailing) {
      this.#trailers = trailers;
      this.#stream.end();
    }
    if (!this.#isRequestOver) this.#endEarly();
  }

  /** The client need not send the rest. One of gRPC can lose the status by a reset that follows it closely. */
  #endEarly(): void {
    if (!isGrpc(this.request)) {
      this.#stream.close(constants.NGHTTP2_NO_ERROR);
      return;
    }
    this.#stream.resume();
  }

  abort(): void {
    if (this.#isOver) return;
    if (!this.#isHeadSent && !this.#isGone()) {
      this.problem(500, 'Internal Server Error', 'the request could not be served');
      return;
    }
    if (this.#isTrailing && !this.#isGone() && isGrpc(this.request)) {
      this.end(statusFields(GRPC_STATUS.unavailable, 'the upstream broke off its answer'));
      return;
    }
    this.#isOver = true;
    // Not close(): it would end the stream first, and a client could take the part for the whole.
    this.#stream.destroy(CUT);
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

  #isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  #sendHead(list: string[], options: ServerStreamResponseOptions): void {
    try {
      this.#stream.respond(list, options);
    } catch {
      // node:http2 has rules of its own for what a head may be; the client gets none then.
      this.abort();
    }
  }

  #readBody(bytes: Buffer): void {
    const receiver = this.#receiver;
    if (receiver === null || this.#isOver) return;
    this.#connection.moved();
    if (this.request.body.kind === 'length') {
      this.#requestLeft -= bytes.length;
      if (this.#requestLeft < 0) {
        this.#breakRequest();
        return;
      }
    }
    if (!receiver.data(bytes)) {
      this.#isPaused = true;
      this.#stream.pause();
    }
    this.#time();
  }

  #readTrailers(list: readonly string[]): void {
    const trailers = readHttp2Trailers(list);
    if (trailers === null) this.#breakRequest();
    else this.#requestTrailers = trailers;
  }

  #endRequest(): void {
    const receiver = this.#receiver;
    if (receiver === null) return;
    // A reset ends the stream too, though not the body.
    if (this.#stream.aborted || (this.#requestLeft !== 0 && !this.#isOver)) {
      this.#breakRequest();
      return;
    }
    this.#isRequestOver = true;
    this.#receiver = null;
    this.#time();
    // What came after the answer was left out.
    if (this.#isOver) receiver.abort();
    else receiver.end(this.#requestTrailers);
  }

  #breakRequest(): void {
    const receiver = this.#receiver;
    this.#receiver = null;
    receiver?.abort();
    this.#stream.destroy(CUT);
  }

  #drained(): void {
    this.#isBlocked = false;
    this.#extensions = 0;
    this.#time();
    this.onDrain?.();
  }

  /**
   * While the client owes us something its time runs, and starts over with each piece. Once there is an
   * answer, how long the rest of the request takes is between origin and client.
   */
  #time(): void {
    const owesBody =
      this.#receiver !== null && !this.#isPaused && !this.#isHeadSent && !this.#isCall;
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
    if (waiting === 0 || this.#extensions === MAX_EXTENSIONS) {
      this.#stream.destroy(CUT);
      return;
    }
    this.#takenBefore = taken;
    this.#extensions++;
    this.#connection.awaitClient(this);
  }

  #sendTrailers(): void {
    if (!this.#stream.destroyed) this.#stream.sendTrailers(fieldObject(this.#trailers));
  }

  #closed(): void {
    this.#connection.awaitClientNoMore(this);
    const receiver = this.#receiver;
    this.#receiver = null;
    if (!this.#isRequestOver) receiver?.abort();
    const isReset = !this.#isOver;
    this.#isOver = true;
    if (isReset) this.onClose?.();
    this.#connection.streamClosed(this, isReset);
  }
}

/** Resets the stream with INTERNAL_ERROR. */
const CUT = new Error('cut short');
/** How often the stall timeout may pass for one write on a connection that moves slowly. */
const MAX_EXTENSIONS = 10;
const ENDING = { endStream: true };
const NOT_ENDING = {};
const TRAILING = { waitForTrailers: true };

/** gRPC's answer that is all head and has no content: a length would be one field too many for it. */
function isTrailersOnly(length: number, list: readonly string[]): boolean {
  if (length !== 0) return false;
  const at = list.indexOf('content-type');
  return at > 0 && list[at + 1].startsWith('application/grpc');
}

function ignore(): void {}
