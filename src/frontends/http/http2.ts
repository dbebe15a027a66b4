import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { kernelProgress } from '../../tls/node-tls.ts';
import { ExpiringList } from '../../upstreams/expiring-list.ts';
import { coarseClock, type Expiring } from './coarse-clock.ts';
import type { Answer, ClientFacts, Exchange, RequestHead } from './exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { readHttp2Request } from './http2-request.ts';
import { LeakyCount } from './leaky-count.ts';
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
 * with it, through node:http2 (RFC 9113). Each request becomes an exchange. Bounded: streams at a time and in all, field sections, resets, settings,
 * pings, memory, the time without a request, the time a client makes a stream wait, and its lifetime.
 */
export class Http2Connection implements Expiring {
  deadline = Number.POSITIVE_INFINITY;
  readonly #socket: Socket;
  readonly #session: ServerHttp2Session;
  readonly #handler: RequestHandler;
  readonly #limits: HttpLimits;
  readonly #stalls: ExpiringList<Http2Exchange>;
  /** When its lifetime is over, by the clock. */
  readonly #endsAt: number;
  readonly #resets: LeakyCount;
  readonly #settings = new LeakyCount(64, 1);
  readonly #pings = new LeakyCount(1024, 16);
  #requests = 0;
  #streams = 0;
  #isClosing = false;

  constructor(socket: Socket, handler: RequestHandler, limits: HttpLimits) {
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    this.#resets = new LeakyCount(resetBurst(limits), RESETS_A_SECOND);
    // Our own acceptor has done the handshake; node:http2 would wait for it for ever.
    Object.assign(socket, { secureConnecting: false });
    this.#session = performServerHandshake(socket, sessionOptions(limits));
    this.#session.on('error', ignore);
    this.#session.on('stream', (stream, _fields, flags, list) => this.#accept(stream, flags, list));
    this.#session.on('remoteSettings', () => this.#bound(this.#settings, 'settings'));
    this.#session.on('ping', () => this.#bound(this.#pings, 'pings'));
    this.#session.on('close', () => this.#closed());
    this.#session.setLocalWindowSize(CONNECTION_WINDOW);
    this.#stalls = stallsAfter(limits.stallTimeoutMs);
    coarseClock.add(this);
    this.#endsAt = coarseClock.deadline(limits.lifetimeMs);
    this.#wait(limits.headTimeoutMs);
  }

  /** Tells the client to send no further requests, and ends when those under way are answered. */
  drain(): void {
    if (this.#session.destroyed) return;
    this.#isClosing = true;
    this.#session.close();
    this.#wait(this.#streams === 0 ? LINGER_MS : Number.POSITIVE_INFINITY);
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
    this.#pings.forgive(PINGS_A_PIECE);
  }

  /** A stream is over; `isReset`: the client ended it before its answer was whole. */
  streamClosed(exchange: Http2Exchange, isReset: boolean): void {
    this.#handler.answered?.(exchange);
    this.#streams--;
    // A browser that leaves a page resets what it was loading; a rapid reset goes on and on. nghttp2
    // has such a bound too, and acts on it only when it has read all that had come.
    if (isReset) this.#bound(this.#resets, 'resets');
    if (this.#streams === 0) this.#wait(this.#isClosing ? LINGER_MS : this.#limits.idleTimeoutMs);
  }

  #accept(stream: ServerHttp2Stream, flags: number, list: readonly string[]): void {
    // Reset already, in the same breath: a flood of these costs no origin anything.
    if (stream.destroyed || this.#session.destroyed) return;
    this.#streams++;
    this.#requests++;
    if (this.#requests >= this.#limits.maxRequests && !this.#isClosing) this.drain();
    this.#wait(Number.POSITIVE_INFINITY);
    const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    const request = readHttp2Request(list, hasBody, this.#limits);
    const head = request.kind === 'request' ? request.head : unreadable(list, hasBody);
    const exchange = new Http2Exchange(this, stream, head, this.#handler.client);
    if (request.kind === 'request') this.#handler.handle(exchange);
    else exchange.problem(request.status, reasonPhrase(request.status), request.detail);
  }

  /** One more of what a client sends now and then. */
  #bound(count: LeakyCount, what: string): void {
    if (!count.add() || this.#session.destroyed) return;
    this.#session.destroy(new Error(`too many ${what}`), constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** For so long at most, and for no longer than it may live. */
  #wait(milliseconds: number): void {
    const deadline = coarseClock.deadline(milliseconds);
    this.deadline = this.#isClosing ? deadline : Math.min(deadline, this.#endsAt);
  }

  #closed(): void {
    coarseClock.delete(this);
    if (!this.#socket.destroyed) this.#socket.destroy();
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

function sessionOptions(limits: HttpLimits): Parameters<typeof performServerHandshake>[1] {
  return {
    settings: {
      maxConcurrentStreams: limits.maxStreams,
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
    streamResetBurst: resetBurst(limits),
    streamResetRate: RESETS_A_SECOND,
    // An upstream may repeat a field that should be single; that is between it and the client.
    strictSingleValueFields: false,
  };
}

/** A client that gives up may reset all that it has at once, and as many again. */
function resetBurst({ maxStreams }: HttpLimits): number {
  return Math.max(256, 2 * maxStreams);
}

function ignore(): void {}

const PSEUDO_HEADERS = 4;
const RESETS_A_SECOND = 32;
/** Pings that each piece of a body excuses. */
const PINGS_A_PIECE = 8;
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
    traceparent: '',
    body: { kind: hasBody ? 'stream' : 'none' },
    expectsContinue: false,
    upgrade: null,
  };
}
