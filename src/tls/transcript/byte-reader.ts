/** The bytes end before what they announce, or go on after it. Caught where a message is read. */
export class CutShort extends Error {
  override readonly name = 'CutShort';
}

/** Reads numbers and vectors as TLS writes them (RFC 8446, section 3). Throws CutShort. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** A number of 1 to 4 bytes. */
  number(size: 1 | 2 | 3 | 4): number {
    return this.take(size).readUIntBE(0, size);
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new CutShort('it ends too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A vector whose length stands before it in `size` bytes. */
  vector(size: 1 | 2 | 3): ByteReader {
    return new ByteReader(this.vectorBytes(size));
  }

  vectorBytes(size: 1 | 2 | 3): Buffer {
    return this.take(this.number(size));
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }

  finish(): void {
    if (!this.atEnd) throw new CutShort('it goes on after its end');
  }
}
