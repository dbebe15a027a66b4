import { type AccessRules, type Action, decide } from '../../policy/decide.ts';
import type { PeerVerdict } from '../../pki/peer.ts';
import type { RefusalCode } from '../../policy/decision.ts';
import type { HandshakeRecord } from '../../tls/handshake-record.ts';
import type { ServerContext } from '../../tls/server-context.ts';
import type { DecidedHandshake } from '../frontend.ts';
import { clientFacts } from './client-facts.ts';
import type { Answer, ClientFacts, Exchange } from './exchange.ts';
import { GRPC_STATUS } from './grpc.ts';
import type { Route, RouteTable } from './route-table.ts';
import { hostOfAuthority } from './wire/authority.ts';
import { beginTrace } from './trace-context.ts';
import { canonicalPath } from './wire/path.ts';

/** What the HTTP frontend tells the operator. */
export interface HttpEvents {
  /** Whether a request that belongs to no trace begins one. */
  readonly makesTraces: boolean;
  requestRefused(
    record: HandshakeRecord,
    refusal: RequestRefusal,
    method: string,
    path: string,
    facts: RefusedRequest,
  ): void;
  /** A request is over, whatever became of it. */
  requestAnswered(client: ClientFacts, answer: Answer): void;
  fault(where: string, error: Error): void;
}

/** Why a request gets no answer of its route. */
export interface RequestRefusal {
  readonly code: RefusalCode | 'host-mismatch';
  readonly user: string | null;
  /** The values behind the code, safe to log. */
  readonly detail: string;
}

/** What else is known of a refused request. */
export interface RefusedRequest {
  /** Lower case, without port. */
  readonly host: string;
  /** As RouteOptions has it; null where it was not come to a route. */
  readonly allow: ReadonlySet<string> | null;
  readonly verdict: PeerVerdict;
}

/** Who is at the other end of a connection, as far as its requests are decided by it. */
export interface ClientStanding
  extends Pick<DecidedHandshake, 'record' | 'verdict' | 'principal' | 'decision'> {
  /** null: the connection is plain, and asks nothing of its client. */
  readonly context: ServerContext | null;
}

/** Which server certificate answers to a name; null: none does. */
export type ContextBySni = (name: string) => ServerContext | null;

/**
 * One client connection's standing: who the client is, and for each of its requests where it goes and
 * whether it may. Every request is decided anew.
 */
export class HttpSession {
  readonly client: ClientFacts;
  #connection: ClientStanding;
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
    connection: ClientStanding,
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

  answered = (answer: Answer): void => this.#events.requestAnswered(this.client, answer);

  #handle(exchange: Exchange): void {
    const { method, authority } = exchange.request;
    if (this.#events.makesTraces && exchange.request.traceparent === '') {
      beginTrace(exchange.request);
    }
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
      this.#refuse(exchange, this.#connection.decision, path, null);
      return;
    }
    if (this.#misdirected) {
      this.#tellMisdirected(exchange, path);
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
    // What a route asks for holds on paths that need no certificate, too.
    const what = route.options.verify === true ? 'request' : action;
    const decision = decide(verdict, principal, what, this.#rules, this.#now());
    if (decision.decision === 'refuse') {
      this.#refuse(exchange, decision, path, route.options.allow);
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
  #refuse(
    exchange: Exchange,
    refusal: RequestRefusal,
    path: string,
    allow: ReadonlySet<string> | null,
  ): void {
    this.#tell(exchange, refusal, path, allow);
    if (refusal.code === 'user-not-allowed') {
      exchange.problem(403, 'Forbidden', 'this client may not make this request');
    } else {
      const detail = 'a valid client certificate is required';
      exchange.problem(400, 'Bad Request', detail, GRPC_STATUS.unauthenticated);
    }
  }

  #tellMisdirected(exchange: Exchange, path: string): void {
    const { record, decision } = this.#connection;
    const detail = `the connection is for ${record.sni ?? 'no name'}, the request for another certificate's`;
    this.#tell(exchange, { code: 'host-mismatch', user: decision.user, detail }, path, null);
  }

  #tell(
    exchange: Exchange,
    refusal: RequestRefusal,
    path: string,
    allow: ReadonlySet<string> | null,
  ): void {
    const { record, verdict } = this.#connection;
    const facts = { host: this.#host, allow, verdict };
    this.#events.requestRefused(record, refusal, exchange.request.method, path, facts);
  }
}

function rulesFor(context: ServerContext | null, route: Route | null): AccessRules {
  const { mode, mapping } = context?.options ?? PLAIN;
  if (route === null) return { mode, mapping, allow: null };
  return {
    mode: route.options.verify === true ? 'true' : mode,
    mapping,
    allow: route.options.allow,
  };
}

/** Without TLS nobody is asked who they are. */
const PLAIN = { mode: 'false', mapping: false } as const;
