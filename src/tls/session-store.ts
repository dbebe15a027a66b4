import { RotatingTicketSecrets, type TicketSecrets } from './ticket-secrets.ts';

/** One session that a client may resume. Holds the session's secret: it belongs in memory alone. */
export interface StoredSession {
  /** What it may resume under: the `binding` of its context. */
  readonly binding: string;
  /**
   * OpenSSL's serialised session, without the certificate of a client that was good; empty: the client has
   * it, in its ticket.
   */
  readonly data: Buffer;
  /** The certificates as the client sent them, DER, leaf first; empty: none. */
  readonly chain: readonly Buffer[];
}

/**
 * Where sessions are kept. The id is the session's, as a latin1 string; for what belongs to tickets see
 * `ticketChainId`.
 */
export interface SessionStore {
  /** Calls `found` once, at once or later, with null where there is no such session. */
  find(id: string, found: (session: StoredSession | null) => void): void;
  keep(id: string, session: StoredSession): void;
  /** What the tickets are sealed by that stand in for sessions. */
  readonly ticketSecrets: TicketSecrets;
}

export interface SessionMemoryLimits {
  /** Bytes of sessions and certificates together. Default 32 MiB. */
  readonly maxBytes?: number;
  /** How long a session is kept, milliseconds. Default one hour. */
  readonly lifetimeMs?: number;
}

/** Seconds in which a session may be resumed, by OpenSSL's clock. */
export const SESSION_LIFETIME_S = 3600;

/** Sessions of this process, bounded in bytes and time; the oldest go first. */
export class SessionMemory implements SessionStore {
  readonly ticketSecrets: TicketSecrets;
  readonly #sessions = new Map<string, KeptSession>();
  readonly #maxBytes: number;
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  #bytes = 0;

  /** `now` is in milliseconds and never goes back. */
  constructor(limits: SessionMemoryLimits = {}, now: () => number = () => performance.now()) {
    this.#maxBytes = limits.maxBytes ?? 32 * 1024 * 1024;
    this.#lifetimeMs = limits.lifetimeMs ?? SESSION_LIFETIME_S * 1000;
    this.#now = now;
    this.ticketSecrets = new RotatingTicketSecrets(now);
  }

  get size(): number {
    return this.#sessions.size;
  }

  find(id: string, found: (session: StoredSession | null) => void): void {
    const kept = this.#sessions.get(id);
    if (kept === undefined) return found(null);
    if (kept.expires > this.#now()) return found(kept.session);
    this.#drop(id, kept);
    found(null);
  }

  keep(id: string, session: StoredSession): void {
    const before = this.#sessions.get(id);
    if (before !== undefined) this.#drop(id, before);
    const size = sizeOf(session);
    this.#sessions.set(id, { session, size, expires: this.#now() + this.#lifetimeMs });
    this.#bytes += size;
    if (this.#bytes > this.#maxBytes) this.#makeRoom();
  }

  /** For many at once: whatever was deleted from a map is gone over each time its oldest entry is looked for. */
  #makeRoom(): void {
    const enough = this.#maxBytes - this.#maxBytes / 16;
    for (const [oldest, kept] of this.#sessions) {
      if (this.#bytes <= enough) break;
      this.#drop(oldest, kept);
    }
  }

  /** Ends every session that `isOver` picks, as after a revocation. Returns how many. */
  forget(isOver: (session: StoredSession) => boolean): number {
    const before = this.#sessions.size;
    for (const [id, kept] of this.#sessions) {
      if (isOver(kept.session)) this.#drop(id, kept);
    }
    return before - this.#sessions.size;
  }

  #drop(id: string, kept: KeptSession): void {
    this.#sessions.delete(id);
    this.#bytes -= kept.size;
  }
}

interface KeptSession {
  readonly session: StoredSession;
  readonly size: number;
  readonly expires: number;
}

/** What the map and the objects cost beside the bytes, about. */
const OVERHEAD = 512;

function sizeOf({ data, chain }: StoredSession): number {
  let size = OVERHEAD + data.length;
  for (const certificate of chain) size += certificate.length;
  return size;
}
