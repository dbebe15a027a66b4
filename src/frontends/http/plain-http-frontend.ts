import { Roster } from '../../tls/roster.ts';
import type { Admission } from '../../policy/decision.ts';
import type { PlainConnection, PlainFrontend } from '../frontend.ts';
import { FirstBytes } from './first-bytes.ts';
import { HttpConnections } from './http-connections.ts';
import { type ContextBySni, type HttpEvents, HttpSession } from './http-session.ts';
import type { HttpLimits, SiteOptions } from './options.ts';
import { originOf } from './origins/origin-of.ts';
import type { UpstreamClients } from './origins/proxy.ts';
import { RouteTable } from './route-table.ts';

/**
 * HTTP/1.1, and HTTP/2 with prior knowledge, on plain connections. No client is anybody: identity fields
 * that one sends are removed as ever, and a route with `allow` admits nobody.
 */
export class PlainHttpFrontend implements PlainFrontend {
  readonly #limits: HttpLimits;
  readonly #events: HttpEvents;
  readonly #table: RouteTable;
  readonly #connections: HttpConnections;
  /** Connections that have said nothing so far. */
  readonly #silent = new Roster<FirstBytes>();

  constructor(
    site: SiteOptions,
    limits: HttpLimits,
    upstreams: UpstreamClients,
    events: HttpEvents,
  ) {
    this.#limits = limits;
    this.#events = events;
    this.#connections = new HttpConnections(limits);
    this.#table = new RouteTable(site, (target) => originOf(target, limits, upstreams));
  }

  serve({ socket, record }: PlainConnection): void {
    const first = new FirstBytes(socket, this.#limits.headTimeoutMs, (version) => {
      this.#silent.remove(place);
      if (version === null) return;
      const standing = { record, context: null, verdict: NONE, principal: null, decision: ADMIT };
      const session = new HttpSession(standing, this.#table, NO_CONTEXT, this.#events, Date.now);
      this.#connections.add(socket, session, version);
      socket.resume();
    });
    const place = this.#silent.add(first);
  }

  drain(): void {
    this.#connections.drain();
    for (const first of this.#silent) first.hurry(LAST_REQUEST_MS);
  }
}

/** How long a connection that is to end waits for its first request: it may be on the way. */
const LAST_REQUEST_MS = 1_000;
const NONE = { kind: 'none' } as const;
const ADMIT: Admission = { decision: 'admit', user: null };
const NO_CONTEXT: ContextBySni = () => null;
