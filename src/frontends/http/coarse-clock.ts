import { Roster } from '../../tls/roster.ts';

/** Something that may run out of time. */
export interface Expiring {
  /** By `CoarseClock.deadline`; Infinity while it has all the time in the world. */
  deadline: number;
  /** Its place on the clock; -1: it is not on it. Set by the clock alone. */
  clockPlace: number;
  /** Its time is up. Sets another deadline, or is taken off the clock. */
  expire(): void;
}

const TICK_MS = 250;

/**
 * One timer for the deadlines of all connections: setting one is an assignment, and a quarter second
 * may pass until it is noticed. Nothing expires early while the event loop runs freely. It keeps no
 * process alive, and does not tick while nobody is on it.
 */
export class CoarseClock {
  readonly #members = new Roster<Expiring>();
  #timer: NodeJS.Timeout | null = null;
  #now = 0;

  /** The deadline that lies this far ahead. */
  deadline(milliseconds: number): number {
    return this.#now + TICK_MS + milliseconds;
  }

  /** Whether a deadline has passed, as of the last tick. */
  hasPassed(deadline: number): boolean {
    return deadline <= this.#now;
  }

  add(member: Expiring): void {
    member.clockPlace = this.#members.add(member);
    if (this.#timer !== null) return;
    this.#now = performance.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Does nothing for one that is off it already. */
  delete(member: Expiring): void {
    if (member.clockPlace === -1) return;
    this.#members.remove(member.clockPlace);
    member.clockPlace = -1;
    if (this.#members.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    const now = performance.now();
    this.#now = now;
    for (const member of this.#members) {
      if (member.deadline > now) continue;
      member.deadline = Number.POSITIVE_INFINITY;
      member.expire();
    }
  }
}

/** The clock of this process's HTTP connections. */
export const coarseClock: CoarseClock = new CoarseClock();
