import { createHash, randomBytes } from 'node:crypto';

/** How long a session lasts, milliseconds. */
const SESSION_MS = 12 * 3_600_000;
/** How long a code can be used, milliseconds. */
const CODE_MS = 15 * 60_000;
const MAX_SESSIONS = 1000;

/**
 * Browsers that were let in: by the token, or by a code that works once. Kept in memory, so that they
 * end with the process. Secrets are kept as their digests.
 */
export class Sessions {
  readonly #now: () => number;
  /** When each ends, by the digest of its secret. */
  readonly #codes = new Map<string, number>();
  readonly #sessions = new Map<string, number>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A new code, good once and for fifteen minutes. */
  issueCode(): string {
    return this.#add(this.#codes, CODE_MS);
  }

  /** A new session; null: the code is none, was used, or is too old. */
  redeem(code: string): string | null {
    const key = digest(code);
    const ends = this.#codes.get(key);
    this.#codes.delete(key);
    return ends === undefined || ends <= this.#now() ? null : this.begin();
  }

  /** A new session. */
  begin(): string {
    return this.#add(this.#sessions, SESSION_MS);
  }

  isOpen(session: string): boolean {
    const ends = this.#sessions.get(digest(session));
    return ends !== undefined && ends > this.#now();
  }

  end(session: string): void {
    this.#sessions.delete(digest(session));
  }

  #add(secrets: Map<string, number>, lastsMs: number): string {
    const now = this.#now();
    for (const [key, ends] of secrets) {
      if (ends <= now || secrets.size >= MAX_SESSIONS) secrets.delete(key);
    }
    const secret = randomBytes(24).toString('base64url');
    secrets.set(digest(secret), now + lastsMs);
    return secret;
  }
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
