import { upstreamKey } from '../../../upstreams/key.ts';
import type { UpstreamOptions } from '../../../upstreams/options.ts';
import type { Exchange, Origin } from '../exchange.ts';
import { forwardedHost, identityFields } from '../identity-fields.ts';
import type { HttpLimits, IdentityHeaderOptions, TargetOptions } from '../options.ts';
import type { ProxyEvents, UpstreamClient } from './upstream-client.ts';
import { H2cClient } from './upstream-h2c.ts';
import { Http1Client } from './upstream-http1.ts';

type ProxyOptions = Extract<TargetOptions, { kind: 'proxy' }>;

/** Passes requests on to an upstream, with the client's identity added to their fields. */
export class ProxyOrigin implements Origin {
  readonly #client: UpstreamClient;
  readonly #headers: IdentityHeaderOptions;

  constructor(options: ProxyOptions, clients: UpstreamClients) {
    this.#client = clients.client(options.upstream, options.http);
    this.#headers = options.headers;
  }

  handle(exchange: Exchange): void {
    const identity = identityFields(exchange.client, this.#headers);
    this.#client.send(exchange, identity + forwardedHost(exchange.request.authority));
  }
}

/**
 * The clients of all upstreams. Outlives the snapshots of the configuration, so that a reload keeps
 * the connections to upstreams that did not change.
 */
export class UpstreamClients {
  readonly #limits: HttpLimits;
  readonly #events: ProxyEvents;
  readonly #clients = new Map<string, UpstreamClient>();

  constructor(limits: HttpLimits, events: ProxyEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** The one client for all options that may share connections. */
  client(upstream: UpstreamOptions, http: ProxyOptions['http']): UpstreamClient {
    const key = clientKey(upstream, http);
    let client = this.#clients.get(key);
    if (client === undefined) {
      const Client = http === 'h1' ? Http1Client : H2cClient;
      client = new Client(upstream, this.#limits, this.#events);
      this.#clients.set(key, client);
    }
    return client;
  }

  /** After a reload: closes the clients that none of these options asks for; requests under way end first. */
  retain(options: Iterable<ProxyOptions>): void {
    const kept = new Set<string>();
    for (const { upstream, http } of options) kept.add(clientKey(upstream, http));
    for (const [key, client] of this.#clients) {
      if (kept.has(key)) continue;
      this.#clients.delete(key);
      client.close();
    }
  }

  /** Closes every client. */
  close(): void {
    this.retain([]);
  }
}

function clientKey(upstream: UpstreamOptions, http: ProxyOptions['http']): string {
  return `${http} ${upstreamKey(upstream)}`;
}
