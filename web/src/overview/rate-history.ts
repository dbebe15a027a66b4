import type { Status } from '../api/types.ts';

/** Handshakes per second at one moment. */
export interface RatePoint {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly admitted: number;
  readonly refused: number;
}

interface Sample {
  readonly uptimeMs: number;
  readonly admitted: number;
  readonly refused: number;
}

const KEPT_SECONDS = 120;

/** Makes rates of the totals that the gateway tells. */
export class RateHistory {
  #points: readonly RatePoint[] = [];
  #last: Sample | null = null;

  /** Rates of the last two minutes, the oldest first. */
  get points(): readonly RatePoint[] {
    return this.#points;
  }

  /** `at`: milliseconds since the epoch. */
  add(status: Status, at: number): void {
    const sample = { uptimeMs: status.uptime_ms, ...totalsOf(status) };
    const last = this.#last;
    this.#last = sample;
    // A gateway that was started anew counts from nothing.
    if (last === null || sample.uptimeMs <= last.uptimeMs) return;
    const seconds = (sample.uptimeMs - last.uptimeMs) / 1000;
    const point = {
      at: at / 1000,
      admitted: Math.max(0, (sample.admitted - last.admitted) / seconds),
      refused: Math.max(0, (sample.refused - last.refused) / seconds),
    };
    this.#points = [...this.#points, point].filter((one) => one.at > point.at - KEPT_SECONDS);
  }
}

/** Over all listeners, since the start. */
export function totalsOf({ listeners }: Status): {
  readonly connections: number;
  readonly admitted: number;
  readonly refused: number;
} {
  const sum = { connections: 0, admitted: 0, refused: 0 };
  for (const { connections, admitted, refused } of listeners) {
    sum.connections += connections;
    sum.admitted += admitted;
    sum.refused += refused;
  }
  return sum;
}
