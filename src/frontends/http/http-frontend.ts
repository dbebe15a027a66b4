import type { AcceptedConnection, Frontend } from '../frontend.ts';
import { HttpConnections } from './http-connections.ts';
import { type ContextBySni, type HttpEvents, HttpSession } from './http-session.ts';
import type { HttpLimits, SiteOptions } from './options.ts';
import { originOf } from './origins/origin-of.ts';
import type { UpstreamClients } from './origins/proxy.ts';
import { RouteTable } from './route-table.ts';
import { servesRefused, type SiteChoices, siteFor } from './site-choice.ts';

export interface HttpFrontendOptions extends SiteChoices {
  readonly contextBySni: ContextBySni;
  readonly limits: HttpLimits;
}

/** HTTP/1.1 and HTTP/2 on accepted connections: routes requests to origins with the client's identity. */
export class HttpFrontend implements Frontend {
  readonly greet = null;
  #options: HttpFrontendOptions;
  #events: HttpEvents;
  #upstreams: UpstreamClients;
  #tables = new Map<SiteOptions, RouteTable>();
  #connections: HttpConnections;

  constructor(options: HttpFrontendOptions, upstreams: UpstreamClients, events: HttpEvents) {
    this.#options = options;
    this.#upstreams = upstreams;
    this.#events = events;
    this.#connections = new HttpConnections(options.limits);
  }

  servesRefused(connection: AcceptedConnection): boolean {
    return servesRefused(siteFor(this.#options, connection));
  }

  serve(connection: AcceptedConnection): void {
    const table = this.#tableOf(siteFor(this.#options, connection));
    const session = new HttpSession(
      connection,
      table,
      this.#options.contextBySni,
      this.#events,
      Date.now,
    );
    const version = connection.socket.alpnProtocol === 'h2' ? 'h2' : 'http/1';
    this.#connections.add(connection.socket, session, version);
  }

  drain(): void {
    this.#connections.drain();
  }

  #tableOf(site: SiteOptions): RouteTable {
    let table = this.#tables.get(site);
    if (table === undefined) {
      table = new RouteTable(site, (target) =>
        originOf(target, this.#options.limits, this.#upstreams),
      );
      this.#tables.set(site, table);
    }
    return table;
  }
}
