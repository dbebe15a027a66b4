/** What a full TLS record holds. */
const RECORD = 16_384;
/** Bytes of a slab. */
const SIZE = 20 * RECORD;
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
  readonly #bytes = Buffer.allocUnsafeSlow(SIZE);
  /** What is behind each record, where all are full. */
  readonly #rests: Buffer[] = [];
  #filled = 0;
  #taken = 0;
  #writes = 0;
  #state: 'leased' | 'released' | 'forgotten' = 'leased';

  /** null: too many are in use. */
  static lease(): Slab | null {
    if (used >= MOST_USED) return null;
    used += 1;
    const slab = free.pop() ?? new Slab();
    slab.#state = 'leased';
    slab.#rewind();
    return slab;
  }

  private constructor() {
    for (let at = 0; at < SIZE; at += RECORD) this.#rests.push(this.#bytes.subarray(at));
  }

  /** Where the next bytes go. */
  get rest(): Buffer {
    const filled = this.#filled;
    return filled % RECORD === 0 && filled < SIZE
      ? this.#rests[filled / RECORD]
      : this.#bytes.subarray(filled);
  }

  /** The next `size` bytes, which have just been read. */
  takeNext(size: number): Buffer {
    this.fill(size);
    this.#taken = this.#filled;
    return this.#bytes.subarray(this.#filled - size, this.#filled);
  }

  /** The next `size` bytes have just been read; `take` has them. */
  fill(size: number): void {
    this.#filled += size;
  }

  /** What was read and has not been taken; null: nothing. */
  take(): Buffer | null {
    const from = this.#taken;
    if (from === this.#filled) return null;
    this.#taken = this.#filled;
    return this.#bytes.subarray(from, this.#filled);
  }

  /** A write of bytes that it holds begins; `written` is to be called when it is over. */
  beginWrite(): void {
    this.#writes += 1;
  }

  readonly written = (): void => {
    this.#writes -= 1;
    this.#recycle();
  };

  /** One to go on with when this one is full and taken: itself where all was written. null: there is none. */
  next(): Slab | null {
    if (this.#writes === 0) {
      this.#rewind();
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

  #rewind(): void {
    this.#filled = 0;
    this.#taken = 0;
  }

  #recycle(): void {
    if (this.#writes > 0 || this.#state !== 'released') return;
    used -= 1;
    if (free.length < MOST_FREE) free.push(this);
  }
}
