/** Failures that one network may make in a window. */
const MOST = 10;
const WINDOW_MS = 60_000;
/** Networks that are remembered; past that the oldest is forgotten. */
const MAX_NETWORKS = 4096;

interface Failures {
  readonly since: number;
  count: number;
}

/** Counts what goes wrong by the network it comes from, so that guessing is not answered for ever. */
export class FailureLimit {
  readonly #byNetwork = new Map<string, Failures>();

  /** Milliseconds until `network` is answered again; 0: now. */
  waitOf(network: string, now: number): number {
    const failures = this.#byNetwork.get(network);
    if (failures === undefined || failures.count < MOST) return 0;
    return Math.max(0, failures.since + WINDOW_MS - now);
  }

  failed(network: string, now: number): void {
    const failures = this.#byNetwork.get(network);
    if (failures !== undefined && now - failures.since < WINDOW_MS) {
      failures.count++;
      return;
    }
    this.#byNetwork.delete(network);
    this.#byNetwork.set(network, { since: now, count: 1 });
    if (this.#byNetwork.size <= MAX_NETWORKS) return;
    const [oldest = ''] = this.#byNetwork.keys();
    this.#byNetwork.delete(oldest);
  }
}
