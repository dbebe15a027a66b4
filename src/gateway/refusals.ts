import type { RefusalCause } from './entrance.ts';

/** How often, at most, each cause is told of, milliseconds. */
const PACE_MS = 1000;

/** Takes what was counted; `lastAddress` is the client's of the last of them, empty where it has none. */
export type TellRefusals = (cause: RefusalCause, count: number, lastAddress: string) => void;

interface Count {
  count: number;
  lastAddress: string;
  /** Runs for a second after each telling. */
  timer: NodeJS.Timeout | null;
}

/**
 * Counts refused connections by cause and tells of each cause at most once a second, the first at
 * once: an attack costs a line a second, not a line a connection.
 */
export class Refusals {
  readonly #tell: TellRefusals;
  readonly #counts = new Map<RefusalCause, Count>();

  constructor(tell: TellRefusals) {
    this.#tell = tell;
  }

  add(cause: RefusalCause, address: string): void {
    let count = this.#counts.get(cause);
    if (count === undefined) {
      count = { count: 0, lastAddress: '', timer: null };
      this.#counts.set(cause, count);
    }
    count.count++;
    count.lastAddress = address;
    if (count.timer === null) this.#flush(cause, count);
  }

  /** Tells what has not been told. */
  flush(): void {
    for (const [cause, count] of this.#counts) {
      if (count.timer !== null) clearTimeout(count.timer);
      this.#flush(cause, count);
    }
  }

  #flush(cause: RefusalCause, count: Count): void {
    count.timer = null;
    if (count.count === 0) return;
    this.#tell(cause, count.count, count.lastAddress);
    count.count = 0;
    count.timer = setTimeout(() => this.#flush(cause, count), PACE_MS).unref();
  }
}
