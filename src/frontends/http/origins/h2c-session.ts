import { type ClientHttp2Session, connect } from 'node:http2';
import type { Socket } from 'node:net';
import type { Poolable } from '../../../upstreams/pool.ts';
import type { Exchange } from '../exchange.ts';
import { type H2cOwner, H2cRequest } from './h2c-request.ts';
import type { KeptBody } from './kept-body.ts';
import type { UpstreamMeter } from './upstream-client.ts';

/** What a session tells the client that owns it. */
export interface H2cSessionOwner
  extends Pick<H2cOwner, 'meter' | 'awaits' | 'awaitsNoMore' | 'failed'> {
  /** No request is under way. */
  idle(session: H2cSession): void;
  /** It takes no further requests. */
  ended(session: H2cSession): void;
}

/** One HTTP/2 connection to an upstream and the requests on it. */
export class H2cSession implements Poolable<H2cSession>, H2cOwner {
  older: H2cSession | null = null;
  newer: H2cSession | null = null;
  expiresAt = 0;
  within: unknown = null;
  readonly scheme: 'http' | 'https';
  readonly meter: UpstreamMeter;
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #owner: H2cSessionOwner;
  #requests = 0;
  #isEnding = false;

  constructor(socket: Socket, isTls: boolean, owner: H2cSessionOwner) {
    this.scheme = isTls ? 'https' : 'http';
    this.#socket = socket;
    // node:http2 would not notice that a half-open connection has ended.
    socket.allowHalfOpen = false;
    this.#owner = owner;
    this.meter = owner.meter;
    this.#session = connect(`${this.scheme}://upstream`, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
      maxSessionInvalidFrames: 32,
      strictSingleValueFields: false,
    } as Parameters<typeof connect>[1]);
    this.#session.on('error', ignore);
    this.#session.on('goaway', () => this.#end());
    this.#session.on('close', () => this.#end());
    this.#session.on('connect', () => this.#session.setLocalWindowSize(CONNECTION_WINDOW));
  }

  /** Whether it takes another request. */
  get hasRoom(): boolean {
    if (this.#isEnding || this.#session.closed || this.#session.destroyed) return false;
    const most = this.#session.remoteSettings?.maxConcurrentStreams ?? MAX_STREAMS;
    return this.#requests < Math.min(most, MAX_STREAMS);
  }

  /** `body` as of H2cRequest. */
  send(exchange: Exchange, added: string, isRetry: boolean, body: KeptBody | null): void {
    this.#requests++;
    new H2cRequest(this, exchange, added, isRetry, body).start(this.#session);
  }

  /** Takes no further requests; the connection ends with the last of those under way. */
  close(): void {
    this.#end();
    this.#session.close();
    if (this.#requests === 0) this.#socket.destroySoon();
  }

  awaits(request: H2cRequest): void {
    this.#owner.awaits(request);
  }

  awaitsNoMore(request: H2cRequest): void {
    this.#owner.awaitsNoMore(request);
  }

  closed(): void {
    this.#requests--;
    if (this.#requests > 0) return;
    if (this.#isEnding) this.#socket.destroySoon();
    else this.#owner.idle(this);
  }

  failed(...failure: Parameters<H2cOwner['failed']>): void {
    this.#owner.failed(...failure);
    // A connection on which answers stay away may be dead; the next request gets another.
    if (failure[3].code === 'response-timeout') this.close();
  }

  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#owner.ended(this);
  }
}

const STREAM_WINDOW = 262_144;
const CONNECTION_WINDOW = 4_194_304;
/** Streams at a time on one connection, also where the upstream allows more. */
const MAX_STREAMS = 100;

function ignore(): void {}
