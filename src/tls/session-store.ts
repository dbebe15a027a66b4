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

/**
 * Sessions of this process, bounded in bytes and time. They are kept by generations, of which the oldest goes as a
 * whole: to take them out one by one would cost as much as to keep them.
 */
export class SessionMemory implements SessionStore {
  readonly ticketSecrets: TicketSecrets;
  /** The newest first; never empty. */
  readonly #generations: Generation[] = [{ sessions: new Map(), bytes: 0 }];
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

  /** How many there are; one that was kept again after a while counts twice. */
  get size(): number {
    return this.#generations.reduce((sum, { sessions }) => sum + sessions.size, 0);
  }

  find(id: string, found: (session: StoredSession | null) => void): void {
    for (const generation of this.#generations) {
      const kept = generation.sessions.get(id);
      if (kept === undefined) continue;
      if (kept.expires > this.#now()) return found(kept.session);
      generation.sessions.delete(id);
      generation.bytes -= kept.size;
      this.#bytes -= kept.size;
    }
    found(null);
  }

  keep(id: string, session: StoredSession): void {
    const size = sizeOf(session);
    let newest = this.#generations[0];
    if (newest.bytes + size > this.#maxBytes / GENERATIONS) {
      newest = { sessions: new Map(), bytes: 0 };
      this.#generations.unshift(newest);
    }
    const more = size - (newest.sessions.get(id)?.size ?? 0);
    newest.sessions.set(id, { session, size, expires: this.#now() + this.#lifetimeMs });
    newest.bytes += more;
    this.#bytes += more;
    while (this.#bytes > this.#maxBytes && this.#generations.length > 1) {
      this.#bytes -= this.#generations.pop()?.bytes ?? 0;
    }
  }
}

/** What was kept in one stretch of time. */
interface Generation {
  readonly sessions: Map<string, KeptSession>;
  bytes: number;
}

interface KeptSession {
  readonly session: StoredSession;
  readonly size: number;
  readonly expires: number;
}

/** Each holds a sixteenth of what there is room for, a session that is larger apart. */
const GENERATIONS = 16;

/** What the map and the objects cost beside the bytes, about. */
const OVERHEAD = 512;

function sizeOf({ data, chain }: StoredSession): number {
  let size = OVERHEAD + data.length;
  for (const certificate of chain) size += certificate.length;
  return size;
}
