/** Bytes that wait until enough of them are there to be read in one piece. */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
  }

  /** All of them; costs a copy where they came in pieces. */
  peek(): Buffer {
    const [only] = this.#chunks;
    if (this.#chunks.length === 1) return only;
    const bytes = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [bytes];
    return bytes;
  }

  drop(length: number): void {
    const rest = this.peek().subarray(length);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#length = rest.length;
  }
}
