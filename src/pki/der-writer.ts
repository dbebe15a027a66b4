import { DER_TAG, MAX_OID_BYTES } from './der.ts';

/**
 * DER encoders (X.690 section 10). Each returns one whole element. Values that DER or the type can't
 * hold throw RangeError: they are a mistake of the caller, who validates what comes from outside.
 */
export const der = {
  sequence: (...parts: readonly Buffer[]): Buffer => constructed(DER_TAG.sequence, parts),

  /** SET: the parts in ascending order of their tags. */
  set: (...parts: readonly Buffer[]): Buffer =>
    constructed(
      DER_TAG.set,
      [...parts].toSorted((a, b) => a[0] - b[0]),
    ),

  /** SET OF: the parts in ascending order of their encodings. */
  setOf: (...parts: readonly Buffer[]): Buffer =>
    constructed(
      DER_TAG.set,
      parts.length > 1 ? [...parts].toSorted((a, b) => a.compare(b)) : parts,
    ),

  /** A Buffer is taken for the big-endian magnitude of a non-negative number; leading zeros are dropped. */
  integer: (value: bigint | number | Buffer): Buffer =>
    primitive(
      DER_TAG.integer,
      Buffer.isBuffer(value) ? unsignedBytes(value) : integerBytes(BigInt(value)),
    ),

  enumerated: (value: number): Buffer => primitive(DER_TAG.enumerated, integerBytes(BigInt(value))),

  oid: (dotted: string): Buffer => {
    let encoded = encodedOids.get(dotted);
    if (encoded === undefined) {
      encoded = primitive(DER_TAG.oid, oidBytes(dotted));
      if (encodedOids.size < 512) encodedOids.set(dotted, encoded);
    }
    return encoded;
  },

  octetString: (bytes: Uint8Array): Buffer => primitive(DER_TAG.octetString, bytes),

  bitString: (bytes: Uint8Array, unusedBits = 0): Buffer => {
    if (unusedBits < 0 || unusedBits > 7 || (unusedBits > 0 && bytes.length === 0)) {
      throw new RangeError(`${unusedBits} unused bits of ${bytes.length} bytes`);
    }
    const content = Buffer.allocUnsafe(bytes.length + 1);
    content[0] = unusedBits;
    content.set(bytes, 1);
    if (unusedBits > 0) {
      const last = content.length - 1;
      content[last] = content[last] & (0xff << unusedBits);
    }
    return primitive(DER_TAG.bitString, content);
  },

  boolean: (value: boolean): Buffer => Buffer.from([DER_TAG.boolean, 1, value ? 0xff : 0]),

  null: (): Buffer => Buffer.from([DER_TAG.null, 0]),

  utf8String: (text: string): Buffer => {
    if (!text.isWellFormed()) throw new RangeError('text with a lone surrogate');
    return primitive(DER_TAG.utf8String, Buffer.from(text, 'utf8'));
  },

  /** Text of letters, digits, space and `'()+,-./:=?`. */
  printableString: (text: string): Buffer => {
    if (!isPrintableString(text)) throw new RangeError('text that is no PrintableString');
    return primitive(DER_TAG.printableString, Buffer.from(text, 'latin1'));
  },

  ia5String: (text: string): Buffer => {
    if (!isAscii(text)) throw new RangeError('text that is not ASCII');
    return primitive(DER_TAG.ia5String, Buffer.from(text, 'latin1'));
  },

  /** Milliseconds since the epoch, cut to seconds: UTCTime for 1950 to 2049, GeneralizedTime otherwise. */
  time: (ms: number): Buffer => {
    if (!Number.isFinite(ms) || ms < -62_167_219_200_000 || ms > 253_402_300_799_999) {
      throw new RangeError(`time out of range: ${ms}`);
    }
    const digits = `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
    const year = Number(digits.slice(0, 4));
    return year >= 1950 && year < 2050
      ? primitive(DER_TAG.utcTime, Buffer.from(digits.slice(2), 'latin1'))
      : primitive(DER_TAG.generalizedTime, Buffer.from(digits, 'latin1'));
  },

  /** `[n] EXPLICIT`: wraps whole elements. */
  explicit: (n: number, ...parts: readonly Buffer[]): Buffer =>
    constructed(0xa0 | tagNumber(n), parts),

  /** `[n] IMPLICIT`: replaces the identifier; `content` are contents octets without identifier and length. */
  implicit: (n: number, content: Uint8Array, isConstructed = false): Buffer =>
    primitive((isConstructed ? 0xa0 : 0x80) | tagNumber(n), content),
};

/** Whether a text in dotted decimal form is an object identifier that is read and written here. */
export function isObjectIdentifier(dotted: string): boolean {
  return tryOidBytes(dotted) !== null;
}

/** Whether every character may stand in a PrintableString (X.680 section 41.4). */
export function isPrintableString(text: string): boolean {
  return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(text);
}

/** Whether every character may stand in an IA5String. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

const encodedOids = new Map<string, Buffer>();

function primitive(tag: number, content: Uint8Array): Buffer {
  const element = allocate(tag, content.length);
  element.set(content, element.length - content.length);
  return element;
}

function constructed(tag: number, parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
  const element = allocate(tag, length);
  let at = element.length - length;
  for (const part of parts) {
    element.set(part, at);
    at += part.length;
  }
  return element;
}

/** A buffer for the whole element with identifier and length written. */
function allocate(tag: number, length: number): Buffer {
  if (length < 0x80) {
    const element = Buffer.allocUnsafe(length + 2);
    element[0] = tag;
    element[1] = length;
    return element;
  }
  const count = length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const element = Buffer.allocUnsafe(length + 2 + count);
  element[0] = tag;
  element[1] = 0x80 | count;
  element.writeUIntBE(length, 2, count);
  return element;
}

function tagNumber(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 30) throw new RangeError(`tag number ${n}`);
  return n;
}

function unsignedBytes(magnitude: Buffer): Buffer {
  let start = 0;
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++;
  const significant = magnitude.subarray(start);
  if (significant.length === 0) return Buffer.from([0]);
  return significant[0] >= 0x80 ? Buffer.concat([Buffer.from([0]), significant]) : significant;
}

function integerBytes(value: bigint): Buffer {
  if (value >= 0n) {
    const hex = value.toString(16);
    return unsignedBytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
  }
  let bits = 8;
  while (value < -(1n << BigInt(bits - 1))) bits += 8;
  return Buffer.from(
    BigInt.asUintN(bits, value)
      .toString(16)
      .padStart(bits / 4, '0'),
    'hex',
  );
}

function oidBytes(dotted: string): Buffer {
  const bytes = tryOidBytes(dotted);
  if (bytes === null) throw new RangeError(`object identifier ${dotted}`);
  return Buffer.from(bytes);
}

function tryOidBytes(dotted: string): number[] | null {
  if (!/^[0-2](\.(0|[1-9][0-9]{0,38})){1,128}$/.test(dotted)) return null;
  const [first, second, ...rest] = dotted.split('.').map(BigInt);
  if (first < 2n && second > 39n) return null;
  const bytes: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    let shift = 0n;
    while (arc >> (shift + 7n) > 0n) shift += 7n;
    for (; shift > 0n; shift -= 7n) bytes.push(Number((arc >> shift) & 0x7fn) | 0x80);
    bytes.push(Number(arc & 0x7fn));
  }
  return bytes.length > MAX_OID_BYTES ? null : bytes;
}
