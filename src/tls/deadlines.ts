/** Something that is given a fixed time: links itself into one `Deadlines` at a time. */
export interface Timed {
  deadline: number;
  earlier: Timed | null;
  later: Timed | null;
}

/**
 * Times many things that all get the same time, with one timer for all of them: they expire in the
 * order in which they were added, so the timer runs for the first. Adding and removing cost a few
 * assignments; the timer keeps no process alive. Expiry is late by at most a sixteenth of the time plus a timer's usual slack.
 */
export class Deadlines<T extends Timed> {
  readonly #milliseconds: number;
  readonly #expire: (timed: T) => void;
  /** The list is a ring through this node, which is none of the timed. */
  readonly #ring: Timed = { deadline: 0, earlier: null, later: null };
  #timer: NodeJS.Timeout | null = null;
  #size = 0;

  /** `expire` is called once for each that is still in when its time is up, after its removal. */
  constructor(milliseconds: number, expire: (timed: T) => void) {
    this.#milliseconds = milliseconds;
    this.#expire = expire;
    this.#ring.earlier = this.#ring;
    this.#ring.later = this.#ring;
  }

  get size(): number {
    return this.#size;
  }

  /** The one that expires first; null: there is none. */
  get oldest(): T | null {
    return this.#first();
  }

  add(timed: T): void {
    const last = this.#ring.earlier as Timed;
    timed.deadline = performance.now() + this.#milliseconds;
    timed.earlier = last;
    timed.later = this.#ring;
    last.later = timed;
    this.#ring.earlier = timed;
    this.#size += 1;
    if (this.#timer === null) this.#arm(this.#milliseconds);
  }

  /** Does nothing for one that is out already. */
  remove(timed: T): void {
    const { earlier, later } = timed;
    if (earlier === null || later === null) return;
    earlier.later = later;
    later.earlier = earlier;
    timed.earlier = null;
    timed.later = null;
    this.#size -= 1;
  }

  /** Removes all of them, oldest first, calling `each` after each removal. */
  drain(each: (timed: T) => void): void {
    for (let first = this.#first(); first !== null; first = this.#first()) {
      this.remove(first);
      each(first);
    }
  }

  #arm(delay: number): void {
    this.#timer = setTimeout(() => this.#sweep(), delay).unref();
  }

  #sweep(): void {
    this.#timer = null;
    const now = performance.now();
    for (let first = this.#first(); first !== null; first = this.#first()) {
      if (first.deadline > now) {
        const rest = Math.max(first.deadline - now, this.#milliseconds / 16);
        this.#arm(Math.ceil(rest));
        return;
      }
      this.remove(first);
      this.#expire(first);
    }
  }

  #first(): T | null {
    const first = this.#ring.later as Timed;
    return first === this.#ring ? null : (first as T);
  }
}
