import { Dialer } from '../../../upstreams/dial.ts';
import { ExpiringList } from '../../../upstreams/expiring-list.ts';
import type { UpstreamHealth } from '../../../upstreams/health.ts';
import type { UpstreamOptions } from '../../../upstreams/options.ts';
import { IdlePool } from '../../../upstreams/pool.ts';
import type { Exchange } from '../exchange.ts';
import type { UpstreamLimits } from '../options.ts';
import { Http1Connection, type Http1Owner } from './http1-connection.ts';
import { mayRepeat, requestHeadText } from './http1-request.ts';
import {
  answerFailure,
  type ProxyEvents,
  type ProxyFailure,
  type UpstreamClient,
  type UpstreamMeter,
} from './upstream-client.ts';

/** HTTP/1.1 to one upstream over pooled connections. */
export class Http1Client implements UpstreamClient, Http1Owner {
  readonly name: string;
  readonly limits: UpstreamLimits;
  readonly meter: UpstreamMeter;
  readonly #dialer: Dialer;
  readonly #events: ProxyEvents;
  readonly #idle: IdlePool<Http1Connection>;
  readonly #awaiting: ExpiringList<Http1Connection>;

  constructor(
    options: UpstreamOptions,
    limits: UpstreamLimits,
    events: ProxyEvents,
    meter: UpstreamMeter,
  ) {
    this.name = options.name;
    this.meter = meter;
    this.limits = limits;
    this.#dialer = new Dialer(options);
    this.#events = events;
    this.#idle = new IdlePool(options);
    this.#awaiting = new ExpiringList(limits.responseTimeoutMs, (connection) =>
      connection.timeOut(),
    );
  }

  send(exchange: Exchange, added: string): void {
    const head = requestHeadText(exchange.request, added);
    for (let idle = this.#idle.take(); idle !== null; idle = this.#idle.take()) {
      if (idle.isUsable) return idle.begin(exchange, head);
      idle.close();
    }
    this.#sendOnNew(exchange, head);
  }

  health(): UpstreamHealth {
    return this.#dialer.health();
  }

  close(): void {
    this.#idle.close();
  }

  awaits(connection: Http1Connection, now?: number): void {
    this.#awaiting.add(connection, now);
  }

  awaitsNoMore(connection: Http1Connection): void {
    this.#awaiting.remove(connection);
  }

  released(connection: Http1Connection): void {
    this.#idle.put(connection);
  }

  died(connection: Http1Connection): void {
    this.#idle.remove(connection);
  }

  unanswered(exchange: Exchange, head: string, isFirstUse: boolean, failure: ProxyFailure): void {
    // A kept connection may have been closed while the request was on its way to it.
    if (!isFirstUse && mayRepeat(exchange.request)) this.#sendOnNew(exchange, head);
    else this.failed(exchange, false, failure);
  }

  failed(exchange: Exchange, isHeadSent: boolean, failure: ProxyFailure): void {
    this.#events.upstreamFailed(this.name, failure, exchange.client.handshakeId);
    if (isHeadSent) exchange.abort();
    else answerFailure(exchange, failure);
  }

  #sendOnNew(exchange: Exchange, head: string): void {
    let isGone = false;
    // Named first, so that V8 does not make it old (decision 074).
    const leave = (): void => {
      isGone = true;
    };
    exchange.onClose = leave;
    const connection = new Http1Connection(this);
    this.#dialer.dial((result) => {
      if (result.ok) {
        connection.attach(result.socket);
        if (isGone) this.#idle.put(connection);
        else connection.begin(exchange, head);
        return;
      }
      if (isGone) return;
      exchange.onClose = null;
      this.failed(exchange, false, result.failure);
    }, connection);
  }
}
