import { type AccessRules, type Action, decide } from '../../policy/decide.ts';
import type { Refusal } from '../../policy/decision.ts';
import type { HandshakeRecord } from '../../tls/handshake-record.ts';
import type { ServerContext } from '../../tls/server-context.ts';
import type { AcceptedConnection } from '../frontend.ts';
import { clientFacts } from './client-facts.ts';
import type { ClientFacts, Exchange } from './exchange.ts';
import type { Route, RouteTable } from './route-table.ts';
import { hostOfAuthority } from './wire/authority.ts';
import { canonicalPath } from './wire/path.ts';

/** What the HTTP frontend tells the operator. */
export interface HttpEvents {
  requestRefused(record: HandshakeRecord, refusal: Refusal, method: string, path: string): void;
  fault(where: string, error: Error): void;
}

/** Which server certificate answers to a name; null: none does. */
export type ContextBySni = (name: string) => ServerContext | null;

/**
 * One client connection's standing: who the client is, and for each of its requests where it goes and
 * whether it may. Every request is decided anew.
 */
export class HttpSession {
  readonly client: ClientFacts;
  #connection: AcceptedConnection;
  #routes: RouteTable;
  #contextBySni: ContextBySni;
  #events: HttpEvents;
  #now: () => number;
  #authority = '';
  #host = '';
  #misdirected = false;
  #rulesOf: Route | null = null;
  #rules: AccessRules;

  constructor(
    connection: AcceptedConnection,
    routes: RouteTable,
    contextBySni: ContextBySni,
    events: HttpEvents,
    now: () => number,
  ) {
    this.#connection = connection;
    this.#routes = routes;
    this.#contextBySni = contextBySni;
    this.#events = events;
    this.#now = now;
    this.#rules = rulesFor(connection.context, null);
    this.client = clientFacts(connection);
  }

  /** Answers one request: by the route's origin, or with the refusal as problem+json. Never throws. */
  handle = (exchange: Exchange): void => {
    try {
      this.#handle(exchange);
    } catch (error) {
      this.#events.fault('http request', error instanceof Error ? error : new Error(String(error)));
      exchange.abort();
    }
  };

  #handle(exchange: Exchange): void {
    const { method, authority } = exchange.request;
    if (authority !== this.#authority) this.#readAuthority(authority);

    let path = exchange.request.path;
    if (this.#routes.needsCanonicalPath) {
      const canonical = canonicalPath(path);
      if (canonical.kind === 'ambiguous') {
        exchange.problem(400, 'Bad Request', `ambiguous path: ${canonical.reason}`);
        return;
      }
      path = canonical.path;
    }
    const action: Action = this.#routes.skips(path) ? 'exempt-request' : 'request';
    if (action === 'request' && this.#connection.decision.decision === 'refuse') {
      this.#refuse(exchange, this.#connection.decision, path);
      return;
    }
    if (this.#misdirected) {
      exchange.problem(421, 'Misdirected Request', 'this connection is for another host name');
      return;
    }
    const route = this.#routes.match(this.#host, path, method);
    if (route === 'none') {
      exchange.problem(404, 'Not Found', 'no route matches this request');
      return;
    }
    if (route === 'ambiguous') {
      exchange.problem(400, 'Bad Request', 'ambiguous path: servers read it differently');
      return;
    }
    if (route !== this.#rulesOf) {
      this.#rulesOf = route;
      this.#rules = rulesFor(this.#connection.context, route);
    }
    const { verdict, principal } = this.#connection;
    const decision = decide(verdict, principal, action, this.#rules, this.#now());
    if (decision.decision === 'refuse') {
      this.#refuse(exchange, decision, path);
      return;
    }
    route.origin.handle(exchange);
  }

  #readAuthority(authority: string): void {
    this.#authority = authority;
    this.#host = hostOfAuthority(authority);
    this.#misdirected = this.#contextBySni(this.#host) !== this.#connection.context;
  }

  /** The client learns that it was refused and under which id; why is for the operator. */
  #refuse(exchange: Exchange, refusal: Refusal, path: string): void {
    this.#events.requestRefused(this.#connection.record, refusal, exchange.request.method, path);
    if (refusal.code === 'user-not-allowed') {
      exchange.problem(403, 'Forbidden', 'this client may not make this request');
    } else {
      exchange.problem(400, 'Bad Request', 'a valid client certificate is required');
    }
  }
}

function rulesFor(context: ServerContext, route: Route | null): AccessRules {
  const { mode, mapping } = context.options;
  return { mode, mapping, allow: route === null ? null : route.options.allow };
}
