import type { AcceptedConnection, Frontend } from '../frontend.ts';
import { Http1Connection } from './http1.ts';
import { Http2Connection } from './http2.ts';
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
  #connections = new Set<Http1Connection | Http2Connection>();
  #isDraining = false;

  constructor(options: HttpFrontendOptions, upstreams: UpstreamClients, events: HttpEvents) {
    this.#options = options;
    this.#upstreams = upstreams;
    this.#events = events;
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
    const Connection = connection.socket.alpnProtocol === 'h2' ? Http2Connection : Http1Connection;
    const http = new Connection(connection.socket, session, this.#options.limits);
    this.#connections.add(http);
    connection.socket.once('close', () => this.#connections.delete(http));
    if (this.#isDraining) http.drain();
  }

  /** Holds for connections that come later as well: their handshakes were under way. */
  drain(): void {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.drain();
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
