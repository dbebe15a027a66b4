import { decodeString, isCharacterString } from './asn1-string.ts';
import { DerError, type DerReader, readDer } from './der.ts';
import { der, isAscii, isPrintableString } from './der-writer.ts';
import type { Attribute, Name, RDN } from './name.ts';
import { attributeShortName, OID } from './oids.ts';

/** Reads a distinguished name (RFC 5280 section 4.1.2.4). Throws DerError. */
export function decodeName(bytes: Uint8Array): Name {
  const reader = readDer(bytes);
  const name = readName(reader);
  reader.finish();
  return name;
}

/** Encodes a name: every attribute's value exactly as its `der` has it, RDNs as sorted sets. */
export function encodeName(name: Name): Buffer {
  return der.sequence(
    ...name.map((rdn) =>
      der.setOf(...rdn.map((attribute) => der.sequence(der.oid(attribute.type), attribute.der))),
    ),
  );
}

/** Reads a Name element at the cursor. Throws DerError. */
export function readName(reader: DerReader): Name {
  return readRdns(reader.sequence());
}

/** Reads RDNs up to the end of what the reader covers. Throws DerError. */
export function readRdns(rdns: DerReader): Name {
  const name: RDN[] = [];
  while (!rdns.atEnd) {
    const start = rdns.position;
    const attributes = rdns.set();
    if (attributes.atEnd) throw new DerError('unexpected-tag', start, 'RDN without an attribute');
    const rdn: Attribute[] = [];
    while (!attributes.atEnd) rdn.push(readAttribute(attributes.sequence()));
    name.push(rdn);
  }
  return name;
}

/**
 * An attribute that holds `value`, in the string type RFC 5280 appendix A.1 gives it: PrintableString
 * for countries and serial numbers, IA5String for domain components and email addresses, as far as
 * the text allows; UTF8String for everything else.
 */
export function textAttribute(type: string, value: string): Attribute {
  return { type, value, der: encodeText(type, value) };
}

/** An attribute whose value is this one element of DER. Throws DerError. */
export function decodeAttributeValue(type: string, element: Buffer): Attribute {
  const reader = readDer(element);
  const attribute = readValue(type, reader);
  reader.finish();
  return attribute;
}

/**
 * A text that is equal for two names exactly when they match by RFC 5280 section 7.1 as OpenSSL has
 * it: string types don't count, nor do ASCII case and the number of spaces; RDNs are sets.
 */
export function canonicalName(name: Name): string {
  return JSON.stringify(name.map((rdn) => rdn.map(canonicalAttribute).toSorted()));
}

function canonicalAttribute(attribute: Attribute): string {
  const isText = isCharacterString(attribute.der[0]);
  const value = isText
    ? attribute.value
        .replaceAll(/[\t\n\v\f\r ]+/g, ' ')
        .replaceAll(/^ | $/g, '')
        .replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : attribute.value;
  return `${attribute.type}${isText ? '=' : '#'}${value}`;
}

/** Types whose values have a structure of their own instead of a character string. */
const structuredTypes: ReadonlySet<string> = new Set(['2.5.4.16', '2.5.4.45']);

function readAttribute(parts: DerReader): Attribute {
  const type = parts.oid();
  const attribute = readValue(type, parts);
  parts.finish();
  return attribute;
}

function readValue(type: string, parts: DerReader): Attribute {
  const start = parts.position;
  const element = parts.element();
  const text = decodeString(element[0], contentOf(element), start);
  if (text === null && attributeShortName(type) !== null && !structuredTypes.has(type)) {
    // Otherwise the bytes of one certificate and the text of another could read the same.
    throw new DerError('bad-string', start, `${attributeShortName(type)} is not text`);
  }
  return { type, value: text ?? `#${element.toString('hex')}`, der: element };
}

function contentOf(element: Buffer): Buffer {
  const length = element[1];
  return element.subarray(length < 0x80 ? 2 : 2 + (length & 0x7f));
}

function encodeText(type: string, value: string): Buffer {
  switch (type) {
    case OID.country:
    case OID.serialNumber:
    case OID.dnQualifier:
      return isPrintableString(value) ? der.printableString(value) : der.utf8String(value);
    case OID.domainComponent:
    case OID.emailAddress:
      return isAscii(value) ? der.ia5String(value) : der.utf8String(value);
    default:
      return der.utf8String(value);
  }
}
