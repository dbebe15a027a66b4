import type { UpstreamFailure } from './failure.ts';

/** What the dials of late say about one upstream: for status, metrics, and whether to dial at all. */
export interface UpstreamHealth {
  readonly state: 'unknown' | 'up' | 'down';
  /** Failed dials since the last that succeeded. */
  readonly failures: number;
  readonly lastFailure: UpstreamFailure | null;
}

/**
 * Watches the dials to one upstream. An upstream that swallows connection attempts costs each
 * request the whole connect timeout; after three of those in a row one probe is let through at a
 * time and the others fail at once. Failures that come back quickly never open the circuit.
 */
export class DialHealth {
  #failures = 0;
  #timeouts = 0;
  #succeeded = false;
  #lastFailure: UpstreamFailure | null = null;

  admits(dialsInFlight: number): boolean {
    return this.#timeouts < TIMEOUTS_TO_OPEN || dialsInFlight === 0;
  }

  succeeded(): void {
    this.#succeeded = true;
    this.#failures = 0;
    this.#timeouts = 0;
  }

  failed(failure: UpstreamFailure): void {
    this.#failures++;
    this.#lastFailure = failure;
    this.#timeouts = failure.code === 'timeout' ? this.#timeouts + 1 : 0;
  }

  report(): UpstreamHealth {
    const state = this.#failures > 0 ? 'down' : this.#succeeded ? 'up' : 'unknown';
    return { state, failures: this.#failures, lastFailure: this.#lastFailure };
  }
}

const TIMEOUTS_TO_OPEN = 3;
