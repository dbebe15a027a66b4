/** The start of something whose end has not come: copied, so that it holds no more memory than its length. */
export class HeldBytes {
  #buffer: Buffer = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  /** What was appended so far; valid until the next `append`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** The whole, which is the taker's now. */
  take(): Buffer {
    const { bytes } = this;
    this.#buffer = NOTHING;
    this.#length = 0;
    return bytes;
  }
}

const NOTHING = Buffer.alloc(0);
