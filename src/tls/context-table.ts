import type { ServerTlsOptions, TlsListenerOptions } from './options.ts';
import { LiveRevocations } from './live-revocations.ts';
import { PeerCache } from './peer-judge.ts';
import { ServerContext } from './server-context.ts';
import { type MaterialSource, NO_MATERIAL } from './server-material.ts';
import { RotatingTicketSecrets, type TicketSecrets } from './ticket-secrets.ts';

/** The contexts of one listener, found by server name. */
export class ContextTable {
  readonly fallback: ServerContext | null;
  readonly #exact = new Map<string, ServerContext>();
  /** By what follows the asterisk's dot. */
  readonly #wildcards = new Map<string, ServerContext>();
  readonly #passthrough: ReadonlySet<string>;

  /** Throws where two certificates claim one name. No certificate is looked at. */
  constructor(
    { fallback, certificates, alpn, passthrough = [] }: TlsListenerOptions,
    ticketSecrets: TicketSecrets = new RotatingTicketSecrets(),
    revocations: LiveRevocations = new LiveRevocations(),
    materials: MaterialSource = NO_MATERIAL,
  ) {
    const peers = new PeerCache();
    const contextOf = (tls: ServerTlsOptions): ServerContext =>
      new ServerContext(tls, alpn, peers, ticketSecrets, revocations, materials);
    this.fallback = fallback === null ? null : contextOf(fallback);
    for (const certificate of certificates) this.#claim(contextOf(certificate));
    if (this.fallback !== null) this.#claimRest(this.fallback);
    this.#passthrough = new Set(passthrough);
  }

  /**
   * The context for a server name as a client sends it (lower case, no trailing dot): the exact name,
   * then a wildcard for its first label, then the listener's default. Null: no certificate answers,
   * and neither is there a default. Without a name it is the default.
   */
  contextFor(serverName: string | null): ServerContext | null {
    if (serverName === null) return this.fallback;
    const exact = this.#exact.get(serverName);
    if (exact !== undefined) return exact;
    const dot = serverName.indexOf('.');
    if (dot <= 0) return this.fallback;
    return this.#wildcards.get(serverName.slice(dot + 1)) ?? this.fallback;
  }

  /**
   * Which of the names that are handed on a server name belongs to: the exact name, or a wildcard for its
   * first label where no certificate has the exact one. null: none, and `contextFor` says what answers.
   */
  passthroughFor(serverName: string | null): string | null {
    if (serverName === null || this.#passthrough.size === 0) return null;
    if (this.#passthrough.has(serverName)) return serverName;
    if (this.#exact.has(serverName)) return null;
    const dot = serverName.indexOf('.');
    const wildcard = `*${serverName.slice(dot)}`;
    return dot > 0 && this.#passthrough.has(wildcard) ? wildcard : null;
  }

  /**
   * Whether requests for `host` may come over a connection of `context`: it is the context that the
   * host would have been given as its server name (RFC 9110, section 15.5.20: otherwise 421).
   */
  serves(context: ServerContext, host: string): boolean {
    return this.contextFor(host) === context;
  }

  #claim(context: ServerContext): void {
    for (const name of context.options.snis) {
      const [names, key] = this.#placeOf(name);
      const other = names.get(key);
      if (other !== undefined) {
        throw new Error(`${name}: claimed by ${other.options.name} and ${context.options.name}`);
      }
      names.set(key, context);
    }
  }

  /** The default's own names: they count before the wildcards of others, after their exact names. */
  #claimRest(context: ServerContext): void {
    for (const name of context.options.snis) {
      const [names, key] = this.#placeOf(name);
      if (!names.has(key)) names.set(key, context);
    }
  }

  #placeOf(name: string): [Map<string, ServerContext>, string] {
    return name.startsWith('*.') ? [this.#wildcards, name.slice(2)] : [this.#exact, name];
  }
}
