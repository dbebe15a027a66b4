import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';

/**
 * What became of a field block. `too-large`: it holds more than is allowed; what it did to the table counts all the
 * same, and the list is not whole. `malformed`: nothing after it can be read.
 */
export type BlockOutcome = 'read' | 'too-large' | 'malformed';

/** Bytes of the dynamic table, as both sides count them: what holds where no setting says otherwise. */
const TABLE_BYTES = 4096;
const ENTRY_BYTES = 32;
/** No more entries fit in. A power of two. */
const TABLE_ENTRIES = TABLE_BYTES / ENTRY_BYTES;

/**
 * Reads the field blocks of one connection (RFC 7541), in their order. Holds at most 4,096 bytes of the fields that the
 * client has put into its table.
 */
export class HpackDecoder {
  readonly #maxFields: number;
  readonly #maxBytes: number;
  /** A ring; made when the first entry comes. */
  #names: string[] | null = null;
  #values: string[] = [];
  /** Where the newest entry stands. */
  #newest = 0;
  #count = 0;
  #size = 0;
  #limit = TABLE_BYTES;
  /** Where reading stands, while a block is read. */
  #at = 0;

  /** `maxBytes`: names and values, and 32 for each field (RFC 9113 section 10.5.1). */
  constructor(maxFields: number, maxBytes: number) {
    this.#maxFields = maxFields;
    this.#maxBytes = maxBytes;
  }

  /** Reads `bytes[at, end)`, a whole block, into `list`: name, value, name, value, and so on. */
  read(bytes: Buffer, at: number, end: number, list: string[]): BlockOutcome {
    this.#at = at;
    let left = this.#maxBytes;
    let fields = 0;
    let mayResize = true;
    while (this.#at < end) {
      const first = bytes[this.#at];
      let name: string | null;
      let value: string | null;
      if (first >= 0x80) {
        const index = this.#integer(bytes, end, 0x7f);
        name = this.#nameAt(index);
        value = this.#valueAt(index);
      } else if (first >= 0x20 && first < 0x40) {
        const limit = this.#integer(bytes, end, 0x1f);
        if (!mayResize || limit < 0 || limit > TABLE_BYTES) return 'malformed';
        this.#limit = limit;
        this.#evict(limit);
        continue;
      } else {
        const index = this.#integer(bytes, end, first >= 0x40 ? 0x3f : 0x0f);
        name = index === 0 ? this.#string(bytes, end) : this.#nameAt(index);
        if (name === null) return 'malformed';
        value = this.#string(bytes, end);
        if (value !== null && first >= 0x40) this.#add(name, value);
      }
      if (name === null || value === null) return 'malformed';
      mayResize = false;
      left -= name.length + value.length + ENTRY_BYTES;
      fields++;
      if (left >= 0 && fields <= this.#maxFields) list.push(name, value);
    }
    return left >= 0 && fields <= this.#maxFields ? 'read' : 'too-large';
  }

  #nameAt(index: number): string | null {
    if (index <= STATIC_TABLE.length) return index > 0 ? STATIC_TABLE[index - 1][0] : null;
    const slot = this.#slot(index);
    return slot < 0 || this.#names === null ? null : this.#names[slot];
  }

  #valueAt(index: number): string | null {
    if (index <= STATIC_TABLE.length) return index > 0 ? STATIC_TABLE[index - 1][1] : null;
    const slot = this.#slot(index);
    return slot < 0 ? null : this.#values[slot];
  }

  #slot(index: number): number {
    const age = index - STATIC_TABLE.length - 1;
    return age < this.#count ? (this.#newest - age) & (TABLE_ENTRIES - 1) : -1;
  }

  #add(name: string, value: string): void {
    const size = name.length + value.length + ENTRY_BYTES;
    // One that does not fit at all empties the table (section 4.4).
    this.#evict(Math.max(this.#limit - size, 0));
    if (size > this.#limit) return;
    this.#names ??= Array.from({ length: TABLE_ENTRIES }, () => '');
    if (this.#values.length === 0) this.#values = Array.from({ length: TABLE_ENTRIES }, () => '');
    this.#newest = (this.#newest + 1) & (TABLE_ENTRIES - 1);
    this.#names[this.#newest] = name;
    this.#values[this.#newest] = value;
    this.#count++;
    this.#size += size;
  }

  /** Lets the oldest go until the table is no larger than this. */
  #evict(size: number): void {
    const names = this.#names;
    if (names === null) return;
    while (this.#size > size) {
      const slot = (this.#newest - this.#count + 1) & (TABLE_ENTRIES - 1);
      this.#size -= names[slot].length + this.#values[slot].length + ENTRY_BYTES;
      names[slot] = '';
      this.#values[slot] = '';
      this.#count--;
    }
  }

  /** An integer whose first bits stand under `mask` (section 5.1); -1: it does not end, or is too large. */
  #integer(bytes: Buffer, end: number, mask: number): number {
    let value = bytes[this.#at++] & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 14 && this.#at < end; shift += 7) {
      const byte = bytes[this.#at++];
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }

  /** A string (section 5.2), as latin1; null: it is no valid one. */
  #string(bytes: Buffer, end: number): string | null {
    if (this.#at >= end) return null;
    const isCoded = bytes[this.#at] >= 0x80;
    const length = this.#integer(bytes, end, 0x7f);
    const from = this.#at;
    if (length < 0 || from + length > end) return null;
    this.#at = from + length;
    if (!isCoded) return bytes.toString('latin1', from, this.#at);
    const room = Math.ceil((length * 8) / 5);
    if (room > scratch.length) scratch = Buffer.allocUnsafeSlow(room);
    const size = decodeHuffman(bytes, from, this.#at, scratch);
    return size < 0 ? null : scratch.toString('latin1', 0, size);
  }
}

/** Where strings are decoded. Grows to what the longest block holds. */
let scratch: Buffer = Buffer.allocUnsafeSlow(4096);
