import type { Origin } from '../frontends/http/exchange.ts';
import type { SiteOptions } from '../frontends/http/options.ts';
import { RouteTable } from '../frontends/http/route-table.ts';
import { canonicalPath } from '../frontends/http/wire/path.ts';
import {
  createUserDirectory,
  type Principal,
  type UserDirectory,
} from '../identity/user-directory.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import { type AccessRules, decide } from '../policy/decide.ts';
import type { Decision } from '../policy/decision.ts';
import { ContextTable } from '../tls/context-table.ts';
import type { ServerContext } from '../tls/server-context.ts';
import type { ListenerOptions } from './options.ts';

/** A client that does not connect, and what it would want. */
export interface SupposedClient {
  /** DER, leaf first; empty: it has no certificate. */
  readonly chain: readonly Buffer[];
  /** The server name that it would send, in lower case; null: none. */
  readonly sni: string | null;
  /** What it would ask for, of the host that it named; null: it only connects. */
  readonly request: { readonly path: string; readonly method: string } | null;
}

export type Proof =
  | {
      readonly kind: 'decided';
      readonly decision: Decision;
      /** Whom the certificate was mapped to; null: nobody. */
      readonly principal: Principal | null;
      /** The server certificate that the client would be shown, by its name. */
      readonly shown: string;
    }
  /** No server certificate answers to the name. */
  | { readonly kind: 'sni-unknown' }
  /** The client is admitted, and its path leads to no route, or to several. */
  | { readonly kind: 'no-route' | 'ambiguous-path' };

/**
 * Tells what a listener would decide of clients, with nothing started and nothing sent. Certificates
 * are verified by our own rules; OpenSSL, which is asked first in a live handshake, could only refuse
 * more.
 */
export class Prover {
  readonly #listener: ListenerOptions;
  readonly #contexts: ContextTable;
  readonly #directory: UserDirectory | null;
  readonly #tables = new Map<SiteOptions, RouteTable>();

  constructor(listener: ListenerOptions) {
    const { tls, users, identity } = listener;
    this.#listener = listener;
    this.#contexts = new ContextTable(tls);
    this.#directory = users.length > 0 ? createUserDirectory(users, identity.dn) : null;
  }

  /** `at`: milliseconds since the epoch. */
  prove({ chain, sni, request }: SupposedClient, at: number): Proof {
    const context = this.#contexts.contextFor(sni);
    if (context === null) return { kind: 'sni-unknown' };
    const { mode, mapping, name: shown } = context.options;
    // A client that is not asked sends nothing.
    const presented = { chain: mode === 'false' ? [] : chain, opensslError: null };
    const verdict = context.judge(presented, at);
    const directory = this.#directory;
    const principal =
      directory !== null && verdict.kind === 'verified' ? directory.identify(verdict.peer) : null;
    const connect = decide(verdict, principal, 'connect', { mode, mapping, allow: null }, at);
    const outcome =
      request === null
        ? connect
        : this.#decideRequest(context, sni, request, { verdict, principal, connect }, at);
    if (outcome === 'no-route' || outcome === 'ambiguous-path') return { kind: outcome };
    return { kind: 'decided', decision: outcome, principal, shown };
  }

  /** As HttpSession decides it. */
  #decideRequest(
    context: ServerContext,
    sni: string | null,
    { path, method }: { readonly path: string; readonly method: string },
    client: { verdict: PeerVerdict; principal: Principal | null; connect: Decision },
    at: number,
  ): Decision | 'no-route' | 'ambiguous-path' {
    const table = this.#tableFor(context);
    if (table === null) return client.connect;
    const canonical = canonicalPath(path);
    if (canonical.kind === 'ambiguous') return 'ambiguous-path';
    const isExempt = table.skips(canonical.path);
    if (!isExempt && client.connect.decision === 'refuse') return client.connect;
    const route = table.match(sni ?? '', canonical.path, method);
    if (route === 'none') return 'no-route';
    if (route === 'ambiguous') return 'ambiguous-path';
    const { mode, mapping } = context.options;
    const needsVerified = route.options.verify === true;
    const rules: AccessRules = {
      mode: needsVerified ? 'true' : mode,
      mapping,
      allow: route.options.allow,
    };
    const action = isExempt && !needsVerified ? 'exempt-request' : 'request';
    return decide(client.verdict, client.principal, action, rules, at);
  }

  #tableFor(context: ServerContext): RouteTable | null {
    const listener = this.#listener;
    if (listener.protocol !== 'https') return null;
    const site = listener.sites.get(context.options.name) ?? listener.site;
    const known = this.#tables.get(site);
    if (known !== undefined) return known;
    const table = new RouteTable(site, () => NO_ORIGIN);
    this.#tables.set(site, table);
    return table;
  }
}

/** Nothing is ever asked of it. */
const NO_ORIGIN: Origin = { handle: (exchange) => exchange.abort() };
