export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

export type DerErrorCode =
  | 'truncated'
  | 'trailing-data'
  | 'unexpected-tag'
  | 'high-tag-number'
  | 'indefinite-length'
  | 'non-minimal-length'
  | 'too-large'
  | 'too-deep'
  | 'bad-boolean'
  | 'bad-integer'
  | 'bad-bit-string'
  | 'bad-oid'
  | 'bad-time'
  | 'bad-string'
  | 'bad-null';

/** Bytes that are not the DER that was expected. `offset` counts from the start of the outermost buffer. */
export class DerError extends Error {
  override readonly name = 'DerError';
  readonly code: DerErrorCode;
  readonly offset: number;

  constructor(code: DerErrorCode, offset: number, detail?: string) {
    super(`${detail ?? code.replaceAll('-', ' ')} at byte ${offset}`);
    this.code = code;
    this.offset = offset;
  }
}

export interface BitString {
  readonly bytes: Buffer;
  /** Bits of the last byte that do not count, 0 to 7. */
  readonly unusedBits: number;
}

const DEFAULT_MAX_BYTES = 1 << 20;
const MAX_DEPTH = 32;
/** Longest object identifier, in bytes of its contents; each of its numbers has at most 39 digits. */
export const MAX_OID_BYTES = 128;
const MAX_ARC = 10n ** 39n - 1n;

/**
 * Opens a buffer of DER (X.690 section 10) for reading. Nothing is copied: what is read out are
 * views of `bytes`, which must not change afterwards. Larger inputs than `maxBytes` (default 1 MiB)
 * throw DerError `too-large`.
 */
export function readDer(bytes: Uint8Array, maxBytes: number = DEFAULT_MAX_BYTES): DerReader {
  if (bytes.length > maxBytes) throw new DerError('too-large', 0, `${bytes.length} bytes of DER`);
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new DerReader(buffer, 0, buffer.length, 0);
}

/**
 * A cursor over the elements of one constructed value. Every read consumes one element and throws
 * DerError when it isn't what was asked for; low tag numbers, definite and minimal lengths only.
 */
export class DerReader {
  /** The outermost buffer; `position` and `end` are offsets in it. */
  readonly bytes: Buffer;
  readonly end: number;
  position: number;
  readonly #depth: number;
  #contentStart = 0;
  #contentEnd = 0;

  constructor(bytes: Buffer, start: number, end: number, depth: number) {
    if (depth > MAX_DEPTH) throw new DerError('too-deep', start);
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** The identifier octet of the next element, -1 at the end. */
  get nextTag(): number {
    return this.position < this.end ? this.bytes[this.position] : -1;
  }

  /** Throws `trailing-data` unless everything was read. */
  finish(): void {
    if (this.position < this.end) throw new DerError('trailing-data', this.position);
  }

  sequence(): DerReader {
    return this.constructed(DER_TAG.sequence);
  }

  set(): DerReader {
    return this.constructed(DER_TAG.set);
  }

  /** The inside of the next element, which must have this (constructed) identifier octet. */
  constructed(tag: number): DerReader {
    this.#open(tag);
    return new DerReader(this.bytes, this.#contentStart, this.#contentEnd, this.#depth + 1);
  }

  /**
   * Moves to the contents of the next element, which must have this identifier octet, and returns where
   * they end: for lists so long that a reader for each element would be too much. The caller sees to it
   * that nothing is read past that end.
   */
  enter(tag: number): number {
    this.#open(tag);
    this.position = this.#contentStart;
    return this.#contentEnd;
  }

  /** The inside of `[n] EXPLICIT` or of a constructed `[n] IMPLICIT`; null where the next element is another. */
  optionalConstructed(n: number): DerReader | null {
    return this.nextTag === (0xa0 | n) ? this.constructed(0xa0 | n) : null;
  }

  /** Contents of the next element, which must have this identifier octet. */
  content(tag: number): Buffer {
    this.#open(tag);
    return this.bytes.subarray(this.#contentStart, this.#contentEnd);
  }

  /** Contents of a primitive `[n] IMPLICIT`; null where the next element is another. */
  optionalPrimitive(n: number): Buffer | null {
    return this.nextTag === (0x80 | n) ? this.content(0x80 | n) : null;
  }

  /** The next element whole: identifier, length and contents, whatever it is. */
  element(): Buffer {
    const start = this.position;
    this.#open(-1);
    return this.bytes.subarray(start, this.#contentEnd);
  }

  skip(): void {
    this.#open(-1);
  }

  /** The two's complement bytes of an INTEGER of any length; minimal. */
  integer(): Buffer {
    return this.#integer(DER_TAG.integer);
  }

  /** A non-negative INTEGER below 2^31, or throws. */
  smallInteger(): number {
    const start = this.position;
    const bytes = this.integer();
    return smallIntegerOf(bytes, start);
  }

  enumerated(): number {
    const start = this.position;
    return smallIntegerOf(this.#integer(DER_TAG.enumerated), start);
  }

  boolean(): boolean {
    const start = this.position;
    this.#open(DER_TAG.boolean);
    const value = this.bytes[this.#contentStart];
    if (this.#contentEnd - this.#contentStart !== 1 || (value !== 0 && value !== 0xff)) {
      throw new DerError('bad-boolean', start);
    }
    return value !== 0;
  }

  null(): void {
    const start = this.position;
    this.#open(DER_TAG.null);
    if (this.#contentEnd !== this.#contentStart) throw new DerError('bad-null', start);
  }

  octetString(): Buffer {
    return this.content(DER_TAG.octetString);
  }

  /** An OCTET STRING whose contents are DER themselves. */
  octetStringReader(): DerReader {
    return this.constructed(DER_TAG.octetString);
  }

  bitString(): BitString {
    const start = this.position;
    return bitStringOf(this.content(DER_TAG.bitString), start);
  }

  /** A BIT STRING of whole bytes whose contents are DER themselves. */
  bitStringReader(): DerReader {
    const start = this.position;
    this.#open(DER_TAG.bitString);
    if (this.#contentEnd === this.#contentStart || this.bytes[this.#contentStart] !== 0) {
      throw new DerError('bad-bit-string', start);
    }
    return new DerReader(this.bytes, this.#contentStart + 1, this.#contentEnd, this.#depth + 1);
  }

  /** An OBJECT IDENTIFIER in dotted decimal form. */
  oid(): string {
    this.#open(DER_TAG.oid);
    return oidAt(this.bytes, this.#contentStart, this.#contentEnd);
  }

  /** UTCTime or GeneralizedTime in the one form RFC 5280 section 4.1.2.5 allows, as ms since the epoch. */
  time(): number {
    const tag = this.nextTag;
    if (tag !== DER_TAG.utcTime && tag !== DER_TAG.generalizedTime) {
      throw unexpectedTag(DER_TAG.utcTime, tag, this.position);
    }
    this.#open(tag);
    return timeAt(this.bytes, this.#contentStart, this.#contentEnd, tag === DER_TAG.utcTime);
  }

  #integer(tag: number): Buffer {
    const start = this.position;
    const bytes = this.content(tag);
    const first = bytes[0];
    if (first === undefined) throw new DerError('bad-integer', start);
    if (bytes.length > 1) {
      const high = bytes[1] & 0x80;
      if ((first === 0 && high === 0) || (first === 0xff && high !== 0)) {
        throw new DerError('bad-integer', start, 'integer is not minimal');
      }
    }
    return bytes;
  }

  /** Reads identifier and length; `expected` -1 takes any identifier. */
  #open(expected: number): void {
    const { bytes, end, position: start } = this;
    if (start >= end) {
      throw expected < 0 ? new DerError('truncated', start) : unexpectedTag(expected, -1, start);
    }
    const tag = bytes[start];
    if (expected >= 0 && tag !== expected) throw unexpectedTag(expected, tag, start);
    if ((tag & 0x1f) === 0x1f) throw new DerError('high-tag-number', start);
    if (start + 1 >= end) throw new DerError('truncated', start);
    let length = bytes[start + 1];
    let content = start + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0) throw new DerError('indefinite-length', start);
      if (count > 4) throw new DerError('too-large', start);
      if (content + count > end) throw new DerError('truncated', start);
      length = 0;
      for (const last = content + count; content < last; content++) {
        length = length * 256 + bytes[content];
      }
      if (length < 0x80 || (count > 1 && length < 2 ** (8 * (count - 1)))) {
        throw new DerError('non-minimal-length', start);
      }
    }
    if (content + length > end) throw new DerError('truncated', start);
    this.#contentStart = content;
    this.#contentEnd = content + length;
    this.position = content + length;
  }
}

/** Splits the contents of a BIT STRING, also of an implicitly tagged one. Padding bits must be zero. */
export function bitStringOf(content: Buffer, offset: number): BitString {
  const unusedBits = content[0];
  if (unusedBits === undefined || unusedBits > 7 || (unusedBits > 0 && content.length === 1)) {
    throw new DerError('bad-bit-string', offset);
  }
  if (unusedBits > 0 && (content[content.length - 1] & ((1 << unusedBits) - 1)) !== 0) {
    throw new DerError('bad-bit-string', offset, 'padding bits are not zero');
  }
  return { bytes: content.subarray(1), unusedBits };
}

/** Dotted decimal form of the contents of an OBJECT IDENTIFIER, also of an implicitly tagged one. */
export function oidOf(content: Buffer): string {
  return oidAt(content, 0, content.length);
}

/** The number in the contents of an INTEGER: non-negative and below 2^31, or DerError `bad-integer`. */
export function smallIntegerOf(content: Buffer, offset: number): number {
  if (content.length === 0 || content.length > 4 || content[0] >= 0x80) {
    throw new DerError('bad-integer', offset, 'integer is out of range');
  }
  if (content.length > 1 && content[0] === 0 && content[1] < 0x80) {
    throw new DerError('bad-integer', offset, 'integer is not minimal');
  }
  return content.readUIntBE(0, content.length);
}

/**
 * The contents of an INTEGER as OpenSSL prints serial numbers, in lower case: whole bytes, without
 * the sign byte, with `-` before negative ones.
 */
export function integerHex(content: Buffer): string {
  const first = content[0];
  if (first >= 0x80) {
    const hex = (-BigInt.asIntN(
      content.length * 8,
      BigInt(`0x${content.toString('hex')}`),
    )).toString(16);
    return `-${hex.length % 2 === 0 ? hex : `0${hex}`}`;
  }
  return first === 0 && content.length > 1 ? content.toString('hex', 1) : content.toString('hex');
}

const knownOids = new Map<string, string>();

function oidAt(bytes: Buffer, start: number, end: number): string {
  const length = end - start;
  if (length === 0 || length > MAX_OID_BYTES) throw new DerError('bad-oid', start);
  const key = bytes.toString('latin1', start, end);
  const known = knownOids.get(key);
  if (known !== undefined) return known;
  const dotted = decodeOid(bytes, start, end);
  // Bounded, so that a stream of invented identifiers can't fill the memory.
  if (knownOids.size < 512 && length <= 16) knownOids.set(key, dotted);
  return dotted;
}

function decodeOid(bytes: Buffer, start: number, end: number): string {
  if (bytes[end - 1] >= 0x80) throw new DerError('bad-oid', start);
  let dotted = '';
  let position = start;
  while (position < end) {
    if (bytes[position] === 0x80)
      throw new DerError('bad-oid', start, 'object identifier is not minimal');
    let arc = 0n;
    let byte: number;
    do {
      byte = bytes[position++];
      arc = (arc << 7n) | BigInt(byte & 0x7f);
    } while (byte >= 0x80);
    let first = '';
    if (dotted === '') {
      const root = arc < 80n ? arc / 40n : 2n;
      arc -= root * 40n;
      first = `${root}`;
    }
    if (arc > MAX_ARC)
      throw new DerError('bad-oid', start, 'a number of an object identifier is too large');
    dotted += `${first}.${arc}`;
  }
  return dotted;
}

function timeAt(bytes: Buffer, start: number, end: number, isUtc: boolean): number {
  const yearDigits = isUtc ? 2 : 4;
  if (end - start !== yearDigits + 11 || bytes[end - 1] !== 0x5a)
    throw new DerError('bad-time', start);
  let year = twoDigits(bytes, start);
  if (isUtc) year += year < 50 ? 2000 : 1900;
  else year = year * 100 + twoDigits(bytes, start + 2);
  const at = start + yearDigits;
  const month = twoDigits(bytes, at);
  const day = twoDigits(bytes, at + 2);
  const hour = twoDigits(bytes, at + 4);
  const minute = twoDigits(bytes, at + 6);
  const second = twoDigits(bytes, at + 8);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
    throw new DerError('bad-time', start);
  if (hour > 23 || minute > 59 || second > 59) throw new DerError('bad-time', start);
  // Date.UTC takes years below 100 for the 20th century; 400 years are a whole number of days.
  const shift = year < 100 ? 400 : 0;
  return (
    Date.UTC(year + shift, month - 1, day, hour, minute, second) -
    (shift === 0 ? 0 : 12_622_780_800_000)
  );
}

function twoDigits(bytes: Buffer, at: number): number {
  const tens = bytes[at] - 0x30;
  const units = bytes[at + 1] - 0x30;
  if (tens < 0 || tens > 9 || units < 0 || units > 9) throw new DerError('bad-time', at);
  return tens * 10 + units;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function unexpectedTag(expected: number, found: number, offset: number): DerError {
  const detail =
    found < 0
      ? `nothing where tag ${hexTag(expected)} was expected`
      : `tag ${hexTag(found)} where ${hexTag(expected)} was expected`;
  return new DerError('unexpected-tag', offset, detail);
}

function hexTag(tag: number): string {
  return `0x${tag.toString(16).padStart(2, '0')}`;
}
