/** What an ExpiringList keeps in its items; set by the list alone. */
export interface ExpiringItem<T> {
  older: T | null;
  newer: T | null;
  /** On the clock of `performance.now()`. */
  expiresAt: number;
  /** The list it is in. */
  within: unknown;
}

/**
 * Items in the order they were added, each of which expires the same time after it was added: idle
 * connections, requests that wait for an answer. Adding and removing allocate nothing and touch no
 * timer; one timer a list, which does not keep the process alive, serves all its items. An item is
 * in at most one list at a time, and removing it from another does nothing.
 */
export class ExpiringList<T extends ExpiringItem<T>> {
  oldest: T | null = null;
  newest: T | null = null;
  size = 0;
  #lifetimeMs: number;
  #expire: (item: T) => void;
  #timer: NodeJS.Timeout | null = null;

  /** `expire` is called with each item after it has left the list. */
  constructor(lifetimeMs: number, expire: (item: T) => void) {
    this.#lifetimeMs = Math.min(Math.max(lifetimeMs, 1), LONGEST_TIMER_MS);
    this.#expire = expire;
  }

  /** Adds the item, which must be in no list. `now` is by `performance.now()`. */
  add(item: T, now: number = performance.now()): void {
    item.within = this;
    item.expiresAt = now + this.#lifetimeMs;
    item.older = this.newest;
    item.newer = null;
    if (this.newest === null) this.oldest = item;
    else this.newest.newer = item;
    this.newest = item;
    this.size++;
    if (this.#timer === null) this.#arm(this.#lifetimeMs);
  }

  /** Removes the item; nothing happens when it is not in this list. */
  remove(item: T): void {
    if (item.within !== this) return;
    if (item.older === null) this.oldest = item.newer;
    else item.older.newer = item.newer;
    if (item.newer === null) this.newest = item.older;
    else item.newer.older = item.older;
    item.older = null;
    item.newer = null;
    item.within = null;
    this.size--;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#sweep(), delayMs);
    this.#timer.unref();
  }

  #sweep(): void {
    this.#timer = null;
    const now = performance.now();
    for (let item = this.oldest; item !== null && item.expiresAt <= now; item = this.oldest) {
      this.remove(item);
      this.#expire(item);
    }
    if (this.oldest !== null && this.#timer === null) {
      this.#arm(Math.max(1, Math.ceil(this.oldest.expiresAt - now)));
    }
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
