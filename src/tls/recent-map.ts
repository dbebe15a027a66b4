/** A map that holds at most `capacity` entries and drops those that were used longest ago. */
export class RecentMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts as a use. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    if (this.#entries.size >= this.#capacity) this.#makeRoom();
    this.#entries.set(key, value);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** For a sixteenth at once: a map goes over what was deleted from it each time its oldest entry is looked for. */
  #makeRoom(): void {
    const enough = this.#capacity - Math.max(1, Math.floor(this.#capacity / 16));
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= enough) break;
      this.#entries.delete(oldest);
    }
  }
}
