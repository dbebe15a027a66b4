/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  /** Two numbers, so that each case of a run has its own and can be repeated alone. */
  constructor(seed: number, turn = 0) {
    this.#state =
      (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(turn + 1, 0xc2b2ae35)) >>> 0;
  }

  /** One that goes on as this one does. */
  copy(): Random {
    const copy = new Random(0);
    copy.#state = this.#state;
    return copy;
  }

  /** A whole number from 0 up to but not including `limit`, which is at least 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** Bytes in pieces of random sizes, each a copy of its own; sometimes byte by byte. */
  *cut(bytes: Buffer): Generator<Buffer> {
    const largest = this.pick([1, 3, 20, 500, 20_000]);
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + this.below(largest);
      yield Buffer.from(bytes.subarray(at, at + size));
      at += size;
    }
  }
}
