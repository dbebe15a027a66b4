/**
 * Those that are there now, of whom many come and go: connections. A `Set` is made anew whenever its table
 * is used up, and the old table leads to the new one. As soon as one such table has grown old, those after
 * it, with everybody who was ever in them, stay in memory until V8 collects the whole heap.
 */
export class Roster<T> {
  readonly #places: (T | null)[] = [];
  /** Places that are free again; as many of them as `#freeCount` says. */
  readonly #free: number[] = [];
  #freeCount = 0;

  get size(): number {
    return this.#places.length - this.#freeCount;
  }

  /** The place that it gets, for `remove`. */
  add(member: T): number {
    if (this.#freeCount === 0) return this.#places.push(member) - 1;
    const place = this.#free[--this.#freeCount];
    this.#places[place] = member;
    return place;
  }

  /** Frees a place that `add` gave. To be called once for each. */
  remove(place: number): void {
    this.#places[place] = null;
    this.#free[this.#freeCount++] = place;
  }

  /** Who is removed meanwhile is left out; who is added may come or not. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (const member of this.#places) if (member !== null) yield member;
  }
}
