/**
 * Counts what is harmless now and then and an attack when it does not stop. The count leaks at a
 * steady rate, so that what comes slowly never adds up.
 */
export class LeakyCount {
  readonly #most: number;
  readonly #aSecond: number;
  #count = 0;
  #at = 0;

  /** `most` may come at once, and `aSecond` for ever. */
  constructor(most: number, aSecond: number) {
    this.#most = most;
    this.#aSecond = aSecond;
  }

  /** One more. True: that is too many. */
  add(): boolean {
    const now = performance.now();
    const leaked = ((now - this.#at) / 1000) * this.#aSecond;
    this.#at = now;
    this.#count = Math.max(0, this.#count - leaked) + 1;
    return this.#count > this.#most;
  }

  /** Takes some back. */
  forgive(count: number): void {
    this.#count = Math.max(0, this.#count - count);
  }
}
