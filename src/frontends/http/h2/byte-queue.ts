/** Pieces that are kept one by one; with more, small ones share their memory. */
const FEW = 8;
const SMALL = 2048;
const BLOCK = 16_384;

/**
 * Bytes that wait, in order. A piece costs more than its bytes, so that many small ones are put together: what is held
 * is in proportion to `length`.
 */
export class ByteQueue {
  length = 0;
  #pieces: Buffer[] = [];
  /** Where the last piece lies, if others may be put behind it. */
  #block: Buffer | null = null;
  #blockFrom = 0;
  #blockTo = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Adds a piece, whose memory is the queue's from now on. */
  push(bytes: Buffer): void {
    this.length += bytes.length;
    if (bytes.length > SMALL || this.#pieces.length < FEW) {
      this.#block = null;
      this.#pieces.push(bytes);
      return;
    }
    let block = this.#block;
    if (block === null || this.#blockTo + bytes.length > BLOCK) {
      block = Buffer.allocUnsafeSlow(BLOCK);
      this.#block = block;
      this.#blockFrom = 0;
      this.#blockTo = 0;
      this.#pieces.push(bytes);
    }
    bytes.copy(block, this.#blockTo);
    this.#blockTo += bytes.length;
    this.#pieces[this.#pieces.length - 1] = block.subarray(this.#blockFrom, this.#blockTo);
  }

  /** Takes so many bytes at most, more than 0, from the front; they may be fewer. null: there are none. */
  take(most: number): Buffer | null {
    const first = this.#pieces.at(0);
    if (first === undefined) return null;
    const taken = first.length <= most ? first : first.subarray(0, most);
    this.length -= taken.length;
    if (taken !== first) this.#pieces[0] = first.subarray(most);
    else this.#pieces.shift();
    // The last piece of a block has moved on, or is gone.
    if (this.#pieces.length <= 1) this.#block = null;
    return taken;
  }
}
