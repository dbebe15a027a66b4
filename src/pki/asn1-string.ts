import { isUtf8 } from 'node:buffer';
import { DER_TAG, DerError } from './der.ts';

/**
 * The text of a character string element: UTF-8, BMP (UTF-16), Universal (UTF-32); Printable, IA5,
 * Numeric, Visible and T61 as Latin-1, which is what T61 holds in practice. null: the tag is no
 * character string. Bytes that the type can't hold throw DerError `bad-string`.
 */
export function decodeString(tag: number, content: Buffer, offset: number): string | null {
  switch (tag) {
    case DER_TAG.utf8String:
      if (!isUtf8(content)) throw new DerError('bad-string', offset, 'UTF8String is not UTF-8');
      return content.toString('utf8');
    case DER_TAG.printableString:
    case DER_TAG.ia5String:
    case DER_TAG.t61String:
    case DER_TAG.numericString:
    case DER_TAG.visibleString:
      return content.toString('latin1');
    case DER_TAG.bmpString:
      return decodeUtf16(content, offset);
    case DER_TAG.universalString:
      return decodeUtf32(content, offset);
    default:
      return null;
  }
}

/** Whether elements of this tag are the character strings that `decodeString` reads. */
export function isCharacterString(tag: number): boolean {
  switch (tag) {
    case DER_TAG.utf8String:
    case DER_TAG.printableString:
    case DER_TAG.ia5String:
    case DER_TAG.t61String:
    case DER_TAG.numericString:
    case DER_TAG.visibleString:
    case DER_TAG.bmpString:
    case DER_TAG.universalString:
      return true;
    default:
      return false;
  }
}

/** Text of an implicitly tagged IA5String. Bytes past ASCII throw DerError `bad-string`. */
export function decodeIa5(content: Buffer, offset: number): string {
  for (let at = 0; at < content.length; at++) {
    if (content[at] > 0x7f) {
      throw new DerError('bad-string', offset, 'IA5String has bytes past ASCII');
    }
  }
  return content.toString('latin1');
}

function decodeUtf16(content: Buffer, offset: number): string {
  const text = content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : null;
  if (text === null || !text.isWellFormed()) {
    throw new DerError('bad-string', offset, 'BMPString is not UTF-16');
  }
  return text;
}

function decodeUtf32(content: Buffer, offset: number): string {
  if (content.length % 4 !== 0) {
    throw new DerError('bad-string', offset, 'UniversalString is not UTF-32');
  }
  let text = '';
  for (let at = 0; at < content.length; at += 4) {
    const point = content.readUInt32BE(at);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
      throw new DerError('bad-string', offset, 'UniversalString is not UTF-32');
    }
    text += String.fromCodePoint(point);
  }
  return text;
}
