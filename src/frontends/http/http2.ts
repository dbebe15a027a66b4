import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { coarseClock, type Expiring } from './coarse-clock.ts';
import type { ClientFacts, Exchange, RequestHead } from './exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { readHttp2Request } from './http2-request.ts';
import type { HttpLimits } from './options.ts';
import { reasonPhrase } from './problem.ts';

/** What answers the requests of one connection. */
export interface RequestHandler {
  readonly client: ClientFacts;
  handle(exchange: Exchange): void;
}

/**
 * HTTP/2 on an accepted TLS connection whose client chose `h2`, through node:http2 (RFC 9113). Each
 * request becomes an exchange. Bounded: streams at a time, field sections, resets, settings, pings,
 * memory, and the time without a request.
 */
export class Http2Connection implements Expiring {
  deadline = Number.POSITIVE_INFINITY;
  readonly #socket: TLSSocket;
  readonly #session: ServerHttp2Session;
  readonly #handler: RequestHandler;
  readonly #limits: HttpLimits;
  #streams = 0;
  #isClosing = false;
  #resets = 0;
  #resetsAt = 0;

  constructor(socket: TLSSocket, handler: RequestHandler, limits: HttpLimits) {
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    // Our own acceptor has done the handshake; node:http2 would wait for it for ever.
    Object.assign(socket, { secureConnecting: false });
    this.#session = performServerHandshake(socket, sessionOptions(limits));
    this.#session.on('error', ignore);
    this.#session.on('stream', (stream, _fields, flags, list) => this.#accept(stream, flags, list));
    this.#session.on('close', () => this.#closed());
    this.#session.setLocalWindowSize(CONNECTION_WINDOW);
    this.#wait(limits.idleTimeoutMs);
    coarseClock.add(this);
  }

  /** Tells the client to send no further requests, and ends when those under way are answered. */
  drain(): void {
    if (this.#session.destroyed) return;
    this.#isClosing = true;
    this.#session.close();
    if (this.#streams === 0) this.#wait(LINGER_MS);
  }

  /** Without a request for too long, or its client did not close after we had said goodbye. */
  expire(): void {
    if (this.#isClosing) this.#socket.destroy();
    else this.drain();
  }

  /** A stream is over; `isReset`: the client ended it before its answer was whole. */
  streamClosed(isReset: boolean): void {
    this.#streams--;
    if (isReset && this.#isFlood())
      this.#session.destroy(FLOOD, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    else if (this.#streams === 0)
      this.#wait(this.#isClosing ? LINGER_MS : this.#limits.idleTimeoutMs);
  }

  #accept(stream: ServerHttp2Stream, flags: number, list: readonly string[]): void {
    // Reset already, in the same breath: a flood of these costs no origin anything.
    if (stream.destroyed || this.#session.destroyed) return;
    this.#streams++;
    this.deadline = Number.POSITIVE_INFINITY;
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    const request = readHttp2Request(list, hasBody, this.#limits);
    const head = request.kind === 'request' ? request.head : unreadable(list, hasBody);
    const exchange = new Http2Exchange(this, stream, head, this.#handler.client);
    if (request.kind === 'request') this.#handler.handle(exchange);
    else exchange.problem(request.status, reasonPhrase(request.status), request.detail);
  }

  /**
   * A browser that leaves a page resets what it was loading; a rapid reset goes on and on. nghttp2
   * has such a bound too, and acts on it only when it has read all that had come.
   */
  #isFlood(): boolean {
    const now = performance.now();
    const forgiven = ((now - this.#resetsAt) / 1000) * RESETS_A_SECOND;
    this.#resets = Math.max(0, this.#resets - forgiven) + 1;
    this.#resetsAt = now;
    return this.#resets > RESETS_AT_ONCE;
  }

  #wait(milliseconds: number): void {
    this.deadline = coarseClock.deadline(milliseconds);
  }

  #closed(): void {
    coarseClock.delete(this);
    if (!this.#socket.destroyed) this.#socket.destroy();
  }
}

function sessionOptions(limits: HttpLimits): Parameters<typeof performServerHandshake>[1] {
  return {
    settings: {
      maxConcurrentStreams: 128,
      initialWindowSize: 131_072,
      maxHeaderListSize: limits.maxHeadBytes,
      enablePush: false,
      enableConnectProtocol: false,
    },
    maxHeaderListPairs: limits.maxFields + PSEUDO_HEADERS,
    // A stream beyond the bound counts as both; a client opens many before it has read our settings.
    maxSessionInvalidFrames: 128,
    maxSessionRejectedStreams: 128,
    maxSettings: 32,
    maxOutstandingPings: 10,
    streamResetBurst: RESETS_AT_ONCE,
    streamResetRate: RESETS_A_SECOND,
    // An upstream may repeat a field that should be single; that is between it and the client.
    strictSingleValueFields: false,
  };
}

function ignore(): void {}

const FLOOD = new Error('too many streams were reset');
const PSEUDO_HEADERS = 4;
const RESETS_AT_ONCE = 256;
const RESETS_A_SECOND = 32;
/** Flow control over all streams of a connection; each has its own window of an eighth. */
const CONNECTION_WINDOW = 1_048_576;
/** From our goodbye until the connection is cut, when nothing is under way. */
const LINGER_MS = 2000;

/** Stands in for a request that could not be read. */
function unreadable(list: readonly string[], hasBody: boolean): RequestHead {
  return {
    method: list[list.indexOf(':method') + 1] === 'HEAD' ? 'HEAD' : 'GET',
    target: '/',
    path: '/',
    authority: '',
    version: '2',
    fields: '',
    body: { kind: hasBody ? 'stream' : 'none' },
    expectsContinue: false,
    upgrade: null,
  };
}
