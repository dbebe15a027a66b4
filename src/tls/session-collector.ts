/** A session that OpenSSL has made for a client during the handshake. */
export interface FreshSession {
  /** A latin1 string. */
  readonly id: string;
  readonly data: Buffer;
}

/**
 * Keeps the sessions that OpenSSL makes where tickets are off, until their client is admitted. On TLS 1.3
 * they come after the handshake is done, on 1.2 before; either way they wait for `release`.
 */
export class SessionCollector {
  #waiting: FreshSession[] = [];
  #take: ((session: FreshSession) => void) | null = null;

  /** Hands over what has come and what is still to come. Without this nothing leaves. */
  release(take: (session: FreshSession) => void): void {
    this.#take = take;
    for (const session of this.#waiting) take(session);
    this.#waiting = [];
  }

  add(id: Buffer, data: Buffer): void {
    const session = { id: id.toString('latin1'), data };
    if (this.#take !== null) this.#take(session);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(session);
  }
}

const MAX_WAITING = 4;
