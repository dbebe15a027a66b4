import { isCharacterString } from './asn1-string.ts';
import { DerError } from './der.ts';
import { isObjectIdentifier } from './der-writer.ts';
import { decodeAttributeValue, textAttribute } from './name-der.ts';
import { attributeShortName, attributeTypeByName } from './oids.ts';
import { visible } from './visible-text.ts';

/** A distinguished name in the order of the certificate: most general RDN first. */
export type Name = readonly RDN[];

/** One level of a name; more than one attribute makes it multi-valued, and then it is a set. */
export type RDN = readonly Attribute[];

export interface Attribute {
  /** Dotted object identifier. */
  readonly type: string;
  /** The decoded text; `#` and the DER in hex where the value is no character string. */
  readonly value: string;
  /** The value as encoded: identifier, length and contents. */
  readonly der: Buffer;
}

export type NameErrorCode =
  | 'missing-type'
  | 'unknown-type'
  | 'missing-equals-sign'
  | 'unescaped-character'
  | 'bad-escape'
  | 'bad-hex'
  | 'bad-value';

/** A text that is no distinguished name. The message shows the offending part, made printable. */
export class NameError extends Error {
  override readonly name = 'NameError';
  readonly code: NameErrorCode;
  /** Where the offending part starts in the text, in UTF-16 code units. */
  readonly position: number;
  readonly part: string;

  constructor(code: NameErrorCode, position: number, part: string, explanation: string) {
    super(`${explanation}: ${visible(JSON.stringify(part))} at position ${position + 1}`);
    this.code = code;
    this.position = position;
    this.part = part;
  }
}

/**
 * A name as RFC 4514 text, most specific RDN first: `CN=a,OU=b,O=c`. Types without a short name are
 * dotted with `#` and hex; control and formatting characters are `\XX` per UTF-8 byte, other
 * characters stand for themselves. `parseName` reads it back to the same name. The empty name is ''.
 */
export function printName(name: Name): string {
  return print(name, needsEscape);
}

/**
 * The same for headers and logs: printable ASCII only, everything else is `\XX` per UTF-8 byte. It is
 * what `openssl x509 -nameopt rfc2253` prints.
 */
export function printNameForHeader(name: Name): string {
  return print(name, needsEscapeInHeader);
}

/**
 * Reads RFC 4514 text. Spaces around types, values and separators don't count, types are taken in any
 * case and as dotted OIDs, `#` and hex is a value's DER. Values become the string types RFC 5280 gives
 * them. The empty text is the empty name. Throws NameError.
 */
export function parseName(text: string): Name {
  return new NameParser(text).parse();
}

function print(name: Name, escapes: (point: number) => boolean): string {
  let text = '';
  for (let r = name.length - 1; r >= 0; r--) {
    const rdn = name[r];
    for (let a = rdn.length - 1; a >= 0; a--) {
      if (text !== '') text += a === rdn.length - 1 ? ',' : '+';
      text += printAttribute(rdn[a], escapes);
    }
  }
  return text;
}

function printAttribute(attribute: Attribute, escapes: (point: number) => boolean): string {
  const label = attributeShortName(attribute.type);
  return label !== null && isCharacterString(attribute.der[0])
    ? `${label}=${printValue(attribute.value, escapes)}`
    : `${label ?? attribute.type}=#${attribute.der.toString('hex').toUpperCase()}`;
}

function printValue(value: string, escapes: (point: number) => boolean): string {
  let text = '';
  const last = value.length - 1;
  for (let at = 0; at <= last; at++) {
    const point = value.codePointAt(at) ?? 0;
    const character = String.fromCodePoint(point);
    if (escapes(point)) {
      for (const byte of Buffer.from(character)) text += `\\${hexPair(byte)}`;
    } else if (
      SPECIALS.includes(character) ||
      (at === 0 && (character === ' ' || character === '#')) ||
      (at === last && character === ' ')
    ) {
      text += `\\${character}`;
    } else {
      text += character;
    }
    if (point > 0xffff) at++;
  }
  return text;
}

const SPECIALS = ',+"\\<>;';
const ESCAPABLE = `${SPECIALS}= #`;

function needsEscapeInHeader(point: number): boolean {
  return point < 0x20 || point > 0x7e;
}

/** Characters that a terminal or an editor acts on instead of showing them. */
function needsEscape(point: number): boolean {
  return (
    point < 0x20 ||
    (point >= 0x7f && point < 0xa0) ||
    point === 0x061c ||
    point === 0xfeff ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x2028 && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f)
  );
}

function hexPair(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

class NameParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Name {
    const surrogate = this.#text.search(/\p{Surrogate}/u);
    if (surrogate >= 0) {
      throw this.#error('bad-value', surrogate, surrogate + 1, 'half of a surrogate pair');
    }
    this.#skipSpaces();
    if (this.#at === this.#text.length) return [];
    const name: RDN[] = [];
    let rdn: Attribute[] = [];
    for (;;) {
      rdn.push(this.#attribute());
      const separator = this.#text[this.#at++];
      if (separator === '+') continue;
      name.push(rdn.toReversed());
      if (separator === undefined) return name.toReversed();
      rdn = [];
    }
  }

  #attribute(): Attribute {
    const type = this.#type();
    this.#skipSpaces();
    if (this.#text[this.#at] === '#') return this.#hexValue(type);
    return textAttribute(type, this.#textValue());
  }

  #type(): string {
    this.#skipSpaces();
    const start = this.#at;
    const length = this.#text.slice(start).search(/[=,+]/);
    const end = length < 0 ? this.#text.length : start + length;
    const label = this.#text.slice(start, end).trimEnd();
    if (this.#text[end] !== '=') {
      if (label !== '') {
        throw this.#error('missing-equals-sign', start, end, 'no = after the attribute type');
      }
      throw this.#error('missing-type', start, end + 1, 'no attribute type between separators');
    }
    if (label === '')
      throw this.#error('missing-type', start, end + 1, 'no attribute type before =');
    this.#at = end + 1;
    const dotted = label.replace(/^oid\./i, '');
    if (isObjectIdentifier(dotted)) return dotted;
    const type = attributeTypeByName(label);
    if (type === null)
      throw this.#error('unknown-type', start, start + label.length, 'unknown attribute type');
    return type;
  }

  #hexValue(type: string): Attribute {
    const start = this.#at;
    let end = start;
    while (end < this.#text.length && this.#text[end] !== ',' && this.#text[end] !== '+') end++;
    const digits = this.#text.slice(start + 1, end).trimEnd();
    this.#at = end;
    if (!/^([0-9A-Fa-f]{2})+$/.test(digits)) {
      throw this.#error('bad-hex', start, end, 'a value after # must be pairs of hex digits');
    }
    try {
      return decodeAttributeValue(type, Buffer.from(digits, 'hex'));
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      throw this.#error('bad-value', start, end, `a value after # must be DER (${error.message})`);
    }
  }

  #textValue(): string {
    const bytes: Buffer[] = [];
    let text = '';
    // Unescaped spaces at the end don't count; this is the length up to the last that does.
    let kept = 0;
    const start = this.#at;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character === ',' || character === '+') break;
      if (character === '\\') {
        const byte = this.#escape();
        if (typeof byte === 'string') {
          text += byte;
        } else {
          bytes.push(Buffer.from(text), byte);
          text = '';
        }
        kept = text.length;
        continue;
      }
      if (character === '\0' || SPECIALS.includes(character)) {
        const shown = character === '\0' ? '\\00' : `\\${character}`;
        throw this.#error(
          'unescaped-character',
          this.#at,
          this.#at + 1,
          `must be written ${shown} in a value`,
        );
      }
      text += character;
      if (character !== ' ') kept = text.length;
      this.#at++;
    }
    if (bytes.length === 0) return text.slice(0, kept);
    const whole = Buffer.concat([...bytes, Buffer.from(text.slice(0, kept))]);
    const decoded = whole.toString('utf8');
    if (!Buffer.from(decoded).equals(whole)) {
      throw this.#error('bad-escape', start, this.#at, 'escaped bytes are not UTF-8');
    }
    return decoded;
  }

  /** What a backslash stands for: a character, or a byte of UTF-8. */
  #escape(): string | Buffer {
    const next = this.#text[this.#at + 1];
    if (next !== undefined && ESCAPABLE.includes(next)) {
      this.#at += 2;
      return next;
    }
    const pair = this.#text.slice(this.#at + 1, this.#at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(pair)) {
      throw this.#error(
        'bad-escape',
        this.#at,
        this.#at + 3,
        'a backslash must be followed by a special character or two hex digits',
      );
    }
    this.#at += 3;
    return Buffer.from(pair, 'hex');
  }

  #skipSpaces(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  #error(code: NameErrorCode, start: number, end: number, explanation: string): NameError {
    const part = this.#text.slice(start, Math.min(end, start + 80));
    return new NameError(code, start, part === '' ? this.#text.slice(-20) : part, explanation);
  }
}
