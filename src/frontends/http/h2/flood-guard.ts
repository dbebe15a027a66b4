import { LeakyCount } from '../leaky-count.ts';

/**
 * Counts what is harmless now and then, and costs a client next to nothing to send without end. Each answers whether
 * that was too many.
 */
export class FloodGuard {
  readonly #resets: LeakyCount;
  readonly #refusals = new LeakyCount(128, 8);
  readonly #settings = new LeakyCount(64, 1);
  readonly #pings = new LeakyCount(1024, 16);
  readonly #nothings = new LeakyCount(256, 16);

  constructor(maxStreams: number) {
    // A client that gives up may reset all that it has at once, and as many again.
    this.#resets = new LeakyCount(Math.max(256, 2 * maxStreams), RESETS_A_SECOND);
  }

  /** A stream was reset by the client, or had to be reset for what it did (CVE-2023-44487, CVE-2025-8671). */
  reset(): boolean {
    return this.#resets.add();
  }

  /** A stream too many was opened. Some come before the client has read how many it may open. */
  refusal(): boolean {
    return this.#refusals.add();
  }

  settings(): boolean {
    return this.#settings.add();
  }

  ping(): boolean {
    return this.#pings.add();
  }

  /** DATA that neither holds nor ends anything (CVE-2019-9518). */
  nothing(): boolean {
    return this.#nothings.add();
  }

  /** Some of a body has come or gone: clients measure the way by pings meanwhile. */
  moved(): void {
    this.#pings.forgive(PINGS_A_PIECE);
  }
}

const RESETS_A_SECOND = 32;
/** Pings that each piece of a body excuses. */
const PINGS_A_PIECE = 8;
