import { randomBytes } from 'node:crypto';

/** What the keys of session tickets are made from. Belongs in memory alone, and in no message that is logged. */
export interface TicketSecrets {
  /** Newest first. Tickets are sealed by the first; the others still open what they have sealed. */
  readonly all: readonly Buffer[];
}

/** How long one secret seals tickets, milliseconds. The next one's time it still opens them. */
export const TICKET_SECRET_LIFETIME_MS = 12 * 3_600_000;

/** Secrets of this process, replaced when their time is up and somebody asks for them. */
export class RotatingTicketSecrets implements TicketSecrets {
  readonly #now: () => number;
  #all: readonly Buffer[] = [randomBytes(SECRET_BYTES)];
  #madeAt: number;

  /** `now` is in milliseconds and never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#madeAt = now();
  }

  get all(): readonly Buffer[] {
    const now = this.#now();
    if (now - this.#madeAt < TICKET_SECRET_LIFETIME_MS) return this.#all;
    this.#all = [randomBytes(SECRET_BYTES), this.#all[0]];
    this.#madeAt = now;
    return this.#all;
  }
}

const SECRET_BYTES = 32;
