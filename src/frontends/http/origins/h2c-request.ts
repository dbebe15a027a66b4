import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { constants } from 'node:http2';
import type { BodyReceiver, Exchange, RequestHead, ResponseBody } from '../exchange.ts';
import { isGrpc } from '../grpc.ts';
import { appendFields, fieldObject, isFieldName, isFieldValue } from '../http2-fields.ts';
import { readHttp2Trailers } from '../http2-request.ts';
import { type FieldRole, fieldRole, mayHaveRole } from '../wire/field-names.ts';
import { KeptBody } from './kept-body.ts';
import type { ProxyFailure, UpstreamMeter } from './upstream-client.ts';

/** What a request tells the session that carries it. */
export interface H2cOwner {
  readonly scheme: 'http' | 'https';
  readonly meter: UpstreamMeter;
  awaits(request: H2cRequest): void;
  awaitsNoMore(request: H2cRequest): void;
  /** The stream is over. */
  closed(request: H2cRequest): void;
  /**
   * The answer failed. `mayResend`: the upstream says that it did not look at the request, and all of
   * its body that was read is kept.
   */
  failed(request: H2cRequest, exchange: Exchange, mayResend: boolean, failure: ProxyFailure): void;
}

/** One request on a stream of an HTTP/2 connection to an upstream. */
export class H2cRequest implements BodyReceiver {
  older: H2cRequest | null = null;
  newer: H2cRequest | null = null;
  expiresAt = 0;
  within: unknown = null;
  readonly added: string;
  readonly isRetry: boolean;
  /** null: there is none. */
  readonly body: KeptBody | null;
  isHeadSent = false;
  readonly #owner: H2cOwner;
  #begunAt = 0;
  #stream: ClientHttp2Stream | null = null;
  #exchange: Exchange | null;
  /** A call of gRPC, which has a deadline of its client's or none: it is not timed here. */
  #isCall = false;
  #isBodyOver = false;
  /** END_STREAM has come. */
  #isWhole = false;
  /** Of an announced length what is still to come; Infinity where none was announced. */
  #left = Number.POSITIVE_INFINITY;
  #trailers = '';
  #requestTrailers = '';

  /** `body`: of a request that was sent in vain; null: it is the first time. */
  constructor(
    owner: H2cOwner,
    exchange: Exchange,
    added: string,
    isRetry: boolean,
    body: KeptBody | null,
  ) {
    this.#owner = owner;
    this.#exchange = exchange;
    this.body = body ?? (exchange.request.body.kind === 'none' ? null : new KeptBody(exchange));
    this.added = added;
    this.isRetry = isRetry;
  }

  start(session: ClientHttp2Session): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const { request } = exchange;
    this.#begunAt = performance.now();
    this.#isCall = isGrpc(request);
    const stream = session.request(headList(request, this.#owner.scheme, this.added), {
      endStream: request.body.kind === 'none',
      waitForTrailers: request.body.kind === 'stream',
    });
    this.#stream = stream;
    this.#watchEnd(stream);
    stream.on('headers', (_fields, _flags, list) => this.#passInterim(list));
    stream.on('response', (_fields, flags, list) => this.#beginResponse(flags, list));
    stream.on('trailers', (_fields, _flags, list) => this.#readTrailers(list));
    stream.on('data', (bytes: Buffer) => this.#readBody(bytes));
    stream.on('end', () => this.#ended());
    stream.on('error', (error) => this.#lost(error.message));
    stream.on('close', () => this.#closed());
    // Named first, so that V8 does not make them old (decision 074).
    const abandon = (): void => this.#abandon();
    const resume = (): void => void stream.resume();
    exchange.onClose = abandon;
    exchange.onDrain = resume;
    const { body } = this;
    if (body === null) {
      this.#isBodyOver = true;
      this.#awaitHead();
      return;
    }
    stream.on('drain', () => this.#exchange?.resumeBody());
    stream.on('wantTrailers', () => stream.sendTrailers(fieldObject(this.#requestTrailers)));
    // Until there is a stream nothing is read of it: the request can be sent elsewhere, however long it is.
    if (stream.pending) stream.once('ready', () => this.#carry(body));
    else this.#carry(body);
  }

  data(bytes: Buffer): boolean {
    if (this.#exchange === null || this.#isGone()) return true;
    return this.#stream?.write(bytes) ?? true;
  }

  end(trailers: string): void {
    if (this.#isBodyOver) return;
    this.#isBodyOver = true;
    if (this.#exchange === null || this.#isGone()) return;
    this.#requestTrailers = trailers;
    this.#stream?.end();
    if (!this.isHeadSent) this.#awaitHead();
  }

  abort(): void {
    this.#abandon();
  }

  timeOut(detail: string): void {
    this.#fail({ code: 'response-timeout', detail });
  }

  /**
   * A reset, and the end of the connection, end the stream's readable side as END_STREAM does. Only
   * END_STREAM does so before the stream is closed.
   */
  #watchEnd(stream: ClientHttp2Stream): void {
    const push = stream.push.bind(stream);
    const watched = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk === null && !stream.closed) this.#isWhole = true;
      return push(chunk, encoding);
    };
    stream.push = watched;
  }

  #awaitHead(): void {
    if (!this.#isCall) this.#owner.awaits(this);
  }

  #carry(body: KeptBody): void {
    if (this.#exchange !== null) body.carryTo(this);
  }

  #isGone(): boolean {
    return this.#stream === null || this.#stream.destroyed || this.#stream.closed;
  }

  #passInterim(list: readonly string[]): void {
    const head = readHead(list);
    if (head === null || head.status === 100 || this.isHeadSent) return;
    this.#exchange?.interim(head.status, head.fields);
  }

  #beginResponse(flags: number, list: readonly string[]): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const head = readHead(list);
    if (head === null || head.status < 200) return this.#fail(BAD_HEAD);
    const hasEnded = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    const body = bodyOf(head, exchange.request.method, hasEnded);
    if (body === null) return this.#fail(BAD_HEAD);
    this.isHeadSent = true;
    this.body?.forget();
    this.#owner.awaitsNoMore(this);
    this.#owner.meter.answered((performance.now() - this.#begunAt) / 1000);
    if (body.kind === 'length') this.#left = body.length;
    else if (body.kind === 'none') this.#left = 0;
    exchange.respond({ status: head.status, reason: '', fields: head.fields, body });
  }

  #readTrailers(list: readonly string[]): void {
    const trailers = readHttp2Trailers(list);
    if (trailers === null) this.#fail({ code: 'bad-response', detail: 'malformed trailers' });
    else this.#trailers = trailers;
  }

  #readBody(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    this.#left -= bytes.length;
    if (this.#left < 0) return this.#fail({ code: 'bad-response', detail: 'the body is too long' });
    if (!exchange.write(bytes)) this.#stream?.pause();
  }

  #ended(): void {
    if (!this.isHeadSent) return;
    const isShort = this.#left > 0 && this.#left < Number.POSITIVE_INFINITY;
    if (isShort || !this.#isWhole) return this.#lost('body cut short');
    const exchange = this.#detach();
    if (exchange === null) return;
    if (!this.#isBodyOver) this.#reset();
    exchange.end(this.#trailers);
  }

  #lost(detail: string): void {
    this.#fail({ code: this.isHeadSent ? 'closed-early' : 'reset', detail });
  }

  #closed(): void {
    this.#lost('the upstream closed the stream');
    this.#owner.closed(this);
  }

  #fail(failure: ProxyFailure): void {
    const exchange = this.#detach();
    if (exchange === null) return;
    const stream = this.#stream;
    const isUntouched =
      stream?.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream?.pending === true;
    this.#reset();
    const mayResend = isUntouched && this.body?.isWhole !== false;
    this.body?.hold();
    this.#owner.failed(this, exchange, mayResend, failure);
  }

  #abandon(): void {
    this.#detach();
    this.#reset();
  }

  #reset(): void {
    if (this.#isGone()) return;
    // While the body is under way, close() would end it first: the upstream would take it for whole.
    if (this.#isBodyOver) this.#stream?.close(constants.NGHTTP2_CANCEL);
    else this.#stream?.destroy(CUT);
  }

  #detach(): Exchange | null {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#owner.awaitsNoMore(this);
    if (exchange !== null) {
      exchange.onClose = null;
      exchange.onDrain = null;
    }
    return exchange;
  }
}

/** Resets the stream with INTERNAL_ERROR. */
const CUT = new Error('cut short');
const BAD_HEAD: ProxyFailure = { code: 'bad-response', detail: 'malformed head' };

interface Head {
  readonly status: number;
  readonly fields: string;
  /** Content-Length; null where there is none. */
  readonly length: number | null;
}

function headList(request: RequestHead, scheme: string, added: string): string[] {
  const list = [':method', request.method, ':scheme', scheme];
  list.push(':authority', request.authority, ':path', request.target);
  appendFields(list, request.fields);
  appendFields(list, added);
  if (request.body.kind === 'length') list.push('content-length', String(request.body.length));
  // Trailers are passed on; gRPC servers insist on being told.
  list.push('te', 'trailers');
  return list;
}

function readHead(list: readonly string[]): Head | null {
  let status = 0;
  let length: number | null = null;
  let fields = '';
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const value = list[i + 1];
    if (!isFieldValue(value)) return null;
    if (name === ':status') {
      if (status !== 0 || !/^[1-5][0-9][0-9]$/.test(value)) return null;
      status = Number(value);
      continue;
    }
    if (!isFieldName(name)) return null;
    const role = mayHaveRole(name.charCodeAt(0), name.length) ? fieldRole(name) : 'pass';
    if (PASSED_ON.has(role)) fields += `${name}: ${value}\r\n`;
    else if (role === 'content-length') {
      if (length !== null || !/^[0-9]{1,15}$/.test(value)) return null;
      length = Number(value);
    } else if (role === 'transfer-encoding' || role === 'connection') return null;
  }
  return status === 0 ? null : { status, fields, length };
}

/** What has a meaning of its own in requests alone. */
const PASSED_ON: ReadonlySet<FieldRole> = new Set([
  'pass',
  'identity',
  'traceparent',
  'tracestate',
]);

function bodyOf(head: Head, method: string, hasEnded: boolean): ResponseBody | null {
  const { status, length } = head;
  if (method === 'HEAD' || status === 304) return { kind: 'none', length };
  if (status === 204) return { kind: 'none', length: null };
  if (hasEnded) return length === null || length === 0 ? { kind: 'length', length: 0 } : null;
  return length === null ? { kind: 'stream' } : { kind: 'length', length };
}
