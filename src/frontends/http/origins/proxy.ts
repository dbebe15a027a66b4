import type { UpstreamHealth } from '../../../upstreams/health.ts';
import { upstreamKey } from '../../../upstreams/key.ts';
import { AddedFields } from '../added-fields.ts';
import type { Exchange, Origin } from '../exchange.ts';
import { identityFields } from '../identity-fields.ts';
import type { IdentityHeaderOptions, TargetOptions, UpstreamLimits } from '../options.ts';
import { RewrittenExchange } from './rewritten-exchange.ts';
import type { ProxyEvents, UpstreamClient, UpstreamMeter } from './upstream-client.ts';
import { H2cClient } from './upstream-h2c.ts';
import { Http1Client } from './upstream-http1.ts';

type ProxyOptions = Extract<TargetOptions, { kind: 'proxy' }>;

/** Passes requests on to an upstream, with the client's identity added to their fields. */
export class ProxyOrigin implements Origin {
  readonly #client: UpstreamClient;
  readonly #headers: IdentityHeaderOptions;
  readonly #added: AddedFields | null;
  readonly #host: string | null;

  constructor(options: ProxyOptions, limits: UpstreamLimits, clients: UpstreamClients) {
    this.#client = clients.client({ ...options, limits });
    this.#headers = options.headers;
    this.#host = options.host ?? null;
    this.#added = options.added === undefined ? null : new AddedFields(options.added);
  }

  handle(exchange: Exchange): void {
    const { client, request } = exchange;
    const identity = identityFields(client, this.#headers, request.authority);
    const added = this.#added;
    if (added === null && this.#host === null) this.#client.send(exchange, identity);
    else {
      const text = identity + (added?.textFor(client) ?? '');
      this.#client.send(new RewrittenExchange(exchange, added, this.#host), text);
    }
  }
}

/** What a client of an upstream is made from. */
export interface UpstreamUse extends Pick<ProxyOptions, 'upstream' | 'http'> {
  readonly limits: UpstreamLimits;
}

/**
 * The clients of all upstreams. Outlives the snapshots of the configuration, so that a reload keeps
 * the connections to upstreams that did not change.
 */
export class UpstreamClients {
  readonly #events: ProxyEvents;
  readonly #meterOf: (upstream: string) => UpstreamMeter;
  readonly #clients = new Map<string, UpstreamClient>();

  /** `meterOf`: what measures the upstream of this name; default: nothing does. */
  constructor(
    events: ProxyEvents,
    meterOf: (upstream: string) => UpstreamMeter = () => UNMEASURED,
  ) {
    this.#events = events;
    this.#meterOf = meterOf;
  }

  /** How the upstreams are that were dialled; one may be there more than once. */
  health(): { readonly name: string; readonly health: UpstreamHealth }[] {
    return [...this.#clients.values()].map((client) => {
      return { name: client.name, health: client.health() };
    });
  }

  /** The one client for all uses that may share connections. */
  client(use: UpstreamUse): UpstreamClient {
    const key = clientKey(use);
    let client = this.#clients.get(key);
    if (client === undefined) {
      const Client = use.http === 'h1' ? Http1Client : H2cClient;
      const meter = this.#meterOf(use.upstream.name);
      client = new Client(use.upstream, use.limits, this.#events, meter);
      this.#clients.set(key, client);
    }
    return client;
  }

  /** After a reload: closes the clients that none of these uses asks for; requests under way end first. */
  retain(uses: Iterable<UpstreamUse>): void {
    const kept = new Set<string>();
    for (const use of uses) kept.add(clientKey(use));
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

const UNMEASURED: UpstreamMeter = { answered: () => {} };

function clientKey({ upstream, http, limits }: UpstreamUse): string {
  const { maxHeadBytes, maxFields, responseTimeoutMs } = limits;
  return `${http} ${upstream.name} ${maxHeadBytes} ${maxFields} ${responseTimeoutMs} ${upstreamKey(upstream)}`;
}
