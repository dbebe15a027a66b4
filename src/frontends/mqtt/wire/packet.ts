/** What every packet begins with: type and flags in one byte, then how many bytes follow (5.0, section 2.1). */

/** The protocol levels that are spoken: MQTT 3.1.1 and 5. */
export type ProtocolLevel = 4 | 5;

/** The upper half of the first byte. */
export const PACKET = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const;

/** Most bytes that the number of following bytes takes. */
const MOST_SIZE_BYTES = 4;

/** What a decoder says where the bytes are not all there. */
export const INCOMPLETE = -1;
/** Where they are no number of this kind. */
export const MALFORMED = -2;
/** Where it is larger than allowed. */
export const TOO_LARGE = -3;

/**
 * Reads variable byte integers (5.0, section 1.5.5): four bytes at most, and no more than are needed;
 * 3.1.1 leaves open whether more would do, so that they could be read in two ways.
 */
export class SizeReader {
  /** Where the bytes after it begin. */
  end = 0;

  /** The number that starts at `at`; INCOMPLETE where `to` comes before its end; MALFORMED. */
  read(bytes: Uint8Array, at: number, to: number): number {
    let size = 0;
    let unit = 1;
    for (let index = at; index < to; index += 1) {
      const byte = bytes[index];
      size += (byte & 0x7f) * unit;
      if (byte < 0x80) {
        if (byte === 0 && index > at) return MALFORMED;
        this.end = index + 1;
        return size;
      }
      if (index - at === MOST_SIZE_BYTES - 1) return MALFORMED;
      unit *= 0x80;
    }
    return INCOMPLETE;
  }
}

/** What nothing is asked about, in a table of packets by their first byte. */
export const PASS = 0;

/** A fixed header at its longest. */
const MOST_HEADER = 5;

/** Goes from packet to packet. */
export class PacketScanner {
  /** Of the packet whose fixed header was read last: where its body starts, and how long it is. */
  body = 0;
  size = 0;
  /** Bytes of the packet under way that are still to come. */
  left = 0;
  readonly #kinds: Uint8Array;
  readonly #maxSize: number;
  readonly #sizes = new SizeReader();

  /** `kinds` has 256 entries. A packet has at most `maxSize` bytes behind its fixed header. */
  constructor(kinds: Uint8Array, maxSize: number) {
    this.#kinds = kinds;
    this.#maxSize = maxSize;
  }

  /** Goes over whole packets that are PASS, and into the last. Returns where it stopped. */
  skip(chunk: Buffer, from: number, length: number): number {
    const kinds = this.#kinds;
    const maxSize = this.#maxSize;
    const sizes = this.#sizes;
    let at = from;
    while (at + MOST_HEADER < length && kinds[chunk[at]] === PASS) {
      let size = chunk[at + 1];
      let body = at + 2;
      if (size >= 0x80) {
        size = sizes.read(chunk, at + 1, length);
        if (size < 0) return at;
        body = sizes.end;
      }
      if (size > maxSize) return at;
      const end = body + size;
      if (end > length) {
        this.left = end - length;
        return length;
      }
      at = end;
    }
    return at;
  }

  /** Reads the size of the packet at `at`: bytes of its fixed header, INCOMPLETE, MALFORMED or TOO_LARGE. */
  readHeader(bytes: Buffer, at: number, length: number): number {
    const sizes = this.#sizes;
    const size = sizes.read(bytes, at + 1, length);
    if (size < 0) return size;
    if (size > this.#maxSize) return TOO_LARGE;
    this.size = size;
    this.body = sizes.end;
    return sizes.end - at;
  }
}

/** The bytes of a variable byte integer, which must be below 2^28. */
export function sizeBytes(size: number): number[] {
  const bytes: number[] = [];
  let rest = size;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return bytes;
}

/** Puts a packet together. */
export function packet(first: number, ...body: readonly Uint8Array[]): Buffer {
  const size = body.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Buffer.from([first, ...sizeBytes(size)]), ...body]);
}

/** Text or bytes with their length before them. */
export function withLength(bytes: Uint8Array): Buffer {
  return Buffer.concat([number16(bytes.length), bytes]);
}

export function number16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

export function readNumber16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}
