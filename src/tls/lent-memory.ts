/** Longer ones come seldom, and are worth a view of their own. */
const MOST_KEPT = 2048;

/**
 * Memory that is filled from its begin, lent to whoever takes it out, and filled again: what a busy connection
 * reads into and writes out of. Views of its first bytes are kept by their length, because making one for
 * each message costs more than most of what is done with it.
 */
export class LentMemory {
  readonly bytes: Buffer;
  /** By length. */
  readonly #kept: (Buffer | null)[] = Array.from({ length: MOST_KEPT }, () => null);

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Its first `length` bytes, which change when it is filled again. */
  first(length: number): Buffer {
    if (length >= MOST_KEPT) return this.bytes.subarray(0, length);
    return (this.#kept[length] ??= this.bytes.subarray(0, length));
  }
}
