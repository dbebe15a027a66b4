/** Bytes of a slab. */
const SIZE = 256 * 1024;
/** Slabs in use at one time in this process, waiting writes included. */
const MOST_USED = 128;
/** Slabs that are kept for the next who wants one. */
const MOST_FREE = 32;

const free: Slab[] = [];
let used = 0;

/**
 * Memory that a connection reads into while much comes, filled from front to back. It is one's own from
 * `lease` to `release`, and used again once all writes of what it holds are over.
 */
export class Slab {
  /** Where the next bytes go. */
  rest: Buffer;
  readonly #bytes = Buffer.allocUnsafeSlow(SIZE);
  #writes = 0;
  #state: 'leased' | 'released' | 'forgotten' = 'leased';

  /** null: too many are in use. */
  static lease(): Slab | null {
    if (used >= MOST_USED) return null;
    used += 1;
    const slab = free.pop() ?? new Slab();
    slab.#state = 'leased';
    slab.rest = slab.#bytes;
    return slab;
  }

  private constructor() {
    this.rest = this.#bytes;
  }

  /** The next `size` bytes, which have just been read. */
  takeNext(size: number): Buffer {
    const taken = this.rest.subarray(0, size);
    this.rest = this.rest.subarray(size);
    return taken;
  }

  /** A write of bytes that it holds begins; `written` is to be called when it is over. */
  beginWrite(): void {
    this.#writes += 1;
  }

  readonly written = (): void => {
    this.#writes -= 1;
    this.#recycle();
  };

  /** One to go on with when this one is full: itself where all was written. null: there is none. */
  next(): Slab | null {
    if (this.#writes === 0) {
      this.rest = this.#bytes;
      return this;
    }
    this.release();
    return Slab.lease();
  }

  /** Nothing is read into it any more. */
  release(): void {
    this.#state = 'released';
    this.#recycle();
  }

  /** What reads into it may go on to: nobody else is given it. */
  forget(): void {
    this.#state = 'forgotten';
    used -= 1;
  }

  #recycle(): void {
    if (this.#writes > 0 || this.#state !== 'released') return;
    used -= 1;
    if (free.length < MOST_FREE) free.push(this);
  }
}
