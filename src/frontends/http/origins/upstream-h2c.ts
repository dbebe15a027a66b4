import { Dialer } from '../../../upstreams/dial.ts';
import { ExpiringList } from '../../../upstreams/expiring-list.ts';
import type { UpstreamHealth } from '../../../upstreams/health.ts';
import type { UpstreamOptions } from '../../../upstreams/options.ts';
import type { Exchange } from '../exchange.ts';
import type { UpstreamLimits } from '../options.ts';
import type { H2cRequest } from './h2c-request.ts';
import { H2cSession, type H2cSessionOwner } from './h2c-session.ts';
import type { KeptBody } from './kept-body.ts';
import {
  answerFailure,
  type ProxyEvents,
  type ProxyFailure,
  type UpstreamClient,
  type UpstreamMeter,
} from './upstream-client.ts';

/** A request that waits for a connection. */
interface Waiting {
  readonly exchange: Exchange;
  readonly added: string;
  readonly isRetry: boolean;
  /** What has been read of its body already. */
  readonly body: KeptBody | null;
  isGone: boolean;
}

/**
 * HTTP/2 to one upstream with prior knowledge (h2c), or over TLS where the options have it. Requests
 * share connections; another is opened when all are full.
 */
export class H2cClient implements UpstreamClient, H2cSessionOwner {
  readonly name: string;
  readonly meter: UpstreamMeter;
  readonly #options: UpstreamOptions;
  readonly #dialer: Dialer;
  readonly #events: ProxyEvents;
  readonly #awaiting: ExpiringList<H2cRequest>;
  readonly #idle: ExpiringList<H2cSession>;
  readonly #sessions = new Set<H2cSession>();
  #waiting: Waiting[] = [];
  #dials = 0;
  #isClosed = false;

  constructor(
    options: UpstreamOptions,
    limits: UpstreamLimits,
    events: ProxyEvents,
    meter: UpstreamMeter,
  ) {
    this.name = options.name;
    this.meter = meter;
    this.#options = options;
    this.#dialer = new Dialer(options);
    this.#events = events;
    this.#idle = new ExpiringList(options.idleTimeoutMs, (session) => session.close());
    this.#awaiting = new ExpiringList(limits.responseTimeoutMs, (request) =>
      request.timeOut(`${limits.responseTimeoutMs} ms`),
    );
  }

  send(exchange: Exchange, added: string): void {
    if (exchange.request.upgrade !== null) {
      exchange.problem(502, 'Bad Gateway', 'the upstream speaks HTTP/2, which has no upgrade');
      return;
    }
    this.#send(exchange, added, false, null);
  }

  health(): UpstreamHealth {
    return this.#dialer.health();
  }

  close(): void {
    this.#isClosed = true;
    for (const session of this.#sessions) session.close();
  }

  awaits(request: H2cRequest): void {
    this.#awaiting.add(request);
  }

  awaitsNoMore(request: H2cRequest): void {
    this.#awaiting.remove(request);
  }

  idle(session: H2cSession): void {
    if (this.#isClosed) session.close();
    else this.#idle.add(session);
  }

  ended(session: H2cSession): void {
    this.#idle.remove(session);
    this.#sessions.delete(session);
  }

  failed(request: H2cRequest, exchange: Exchange, mayResend: boolean, failure: ProxyFailure): void {
    if (mayResend && !request.isRetry) this.#send(exchange, request.added, true, request.body);
    else this.#refuse(exchange, request.isHeadSent, failure);
  }

  #send(exchange: Exchange, added: string, isRetry: boolean, body: KeptBody | null): void {
    const waiting: Waiting = { exchange, added, isRetry, body, isGone: false };
    for (const session of this.#sessions) {
      if (session.hasRoom) return this.#start(session, waiting);
    }
    // Named first, so that V8 does not make it old (decision 074).
    const leave = (): void => {
      waiting.isGone = true;
    };
    exchange.onClose = leave;
    this.#waiting.push(waiting);
    if (this.#waiting.length > this.#dials * REQUESTS_A_DIAL) this.#dial();
  }

  #refuse(exchange: Exchange, isHeadSent: boolean, failure: ProxyFailure): void {
    this.#events.upstreamFailed(this.name, failure, exchange.client.handshakeId);
    if (isHeadSent) exchange.abort();
    else answerFailure(exchange, failure);
  }

  #start(session: H2cSession, { exchange, added, isRetry, body }: Waiting): void {
    this.#idle.remove(session);
    session.send(exchange, added, isRetry, body);
  }

  #dial(): void {
    this.#dials++;
    this.#dialer.dial((result) => {
      this.#dials--;
      if (!result.ok) return this.#dialFailed(result.failure);
      const isTls = this.#options.tls !== null;
      if (isTls && result.alpn !== 'h2') {
        result.socket.destroy();
        return this.#dialFailed({ code: 'tls-protocol', detail: 'the upstream did not choose h2' });
      }
      const session = new H2cSession(result.socket, isTls, this);
      this.#sessions.add(session);
      this.#serveWaiting(session);
    });
  }

  #serveWaiting(session: H2cSession): void {
    while (session.hasRoom) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (!next.isGone) this.#start(session, next);
    }
    if (this.#waiting.length > this.#dials * REQUESTS_A_DIAL) this.#dial();
  }

  /** Those that would have shared the connection share its failure; the others wait for their own. */
  #dialFailed(failure: ProxyFailure): void {
    const shared = this.#dials === 0 ? this.#waiting.length : REQUESTS_A_DIAL;
    for (const { exchange, isGone } of this.#waiting.splice(0, shared)) {
      if (isGone) continue;
      exchange.onClose = null;
      this.#refuse(exchange, false, failure);
    }
  }
}

/** How many waiting requests one new connection is opened for. */
const REQUESTS_A_DIAL = 100;
