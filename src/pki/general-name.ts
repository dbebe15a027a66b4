import { decodeIa5, decodeString } from './asn1-string.ts';
import { DerError, type DerReader, oidOf } from './der.ts';
import { type Name, printNameForHeader } from './name.ts';
import { readName } from './name-der.ts';
import { OID } from './oids.ts';

/** A GeneralName of RFC 5280 section 4.2.1.6, all nine kinds. Text is as in the certificate, unescaped. */
export type GeneralName =
  | {
      readonly kind: 'other';
      /** Dotted object identifier. */
      readonly type: string;
      /** The DER of the value inside its explicit tag. */
      readonly value: Buffer;
      /** The text of a Microsoft user principal name; null for other types. */
      readonly upn: string | null;
    }
  | { readonly kind: 'email'; readonly value: string }
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'x400'; readonly der: Buffer }
  | { readonly kind: 'directory'; readonly value: Name }
  | { readonly kind: 'edi-party'; readonly der: Buffer }
  | { readonly kind: 'uri'; readonly value: string }
  | {
      readonly kind: 'ip';
      /** `10.0.0.1`, `2001:db8::1`; in name constraints with the mask behind a slash. */
      readonly value: string;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'registered-id'; readonly value: string };

/** What an IP address field holds: an address, or an address with its mask in name constraints. */
export type IpForm = 'address' | 'subnet';

/** Reads one GeneralName at the cursor. Throws DerError. */
export function readGeneralName(reader: DerReader, ipForm: IpForm = 'address'): GeneralName {
  const start = reader.position;
  switch (reader.nextTag) {
    case 0xa0:
      return readOtherName(reader.constructed(0xa0));
    case 0x81:
      return { kind: 'email', value: decodeIa5(reader.content(0x81), start) };
    case 0x82:
      return { kind: 'dns', value: decodeIa5(reader.content(0x82), start) };
    case 0xa3:
      return { kind: 'x400', der: reader.element() };
    case 0xa4: {
      const inside = reader.constructed(0xa4);
      const value = readName(inside);
      inside.finish();
      return { kind: 'directory', value };
    }
    case 0xa5:
      return { kind: 'edi-party', der: reader.element() };
    case 0x86:
      return { kind: 'uri', value: decodeIa5(reader.content(0x86), start) };
    case 0x87: {
      const bytes = reader.content(0x87);
      return { kind: 'ip', value: printIp(bytes, ipForm, start), bytes };
    }
    case 0x88:
      return { kind: 'registered-id', value: oidOf(reader.content(0x88)) };
    default:
      throw new DerError('unexpected-tag', start, 'no kind of GeneralName');
  }
}

/** Reads GeneralNames up to the end of what the reader covers; at least one. Throws DerError. */
export function readGeneralNames(names: DerReader, ipForm: IpForm = 'address'): GeneralName[] {
  const found: GeneralName[] = [readGeneralName(names, ipForm)];
  while (!names.atEnd) found.push(readGeneralName(names, ipForm));
  return found;
}

/**
 * A GeneralName for people, headers and logs: `DNS:a.b`, `email:a@b`, `URI:spiffe://x`, `IP:10.0.0.1`,
 * `UPN:a@b`, `dirName:CN=a`, `RID:1.2.3`. Printable ASCII only: commas and backslashes are escaped with
 * a backslash and everything else as `\XX` per UTF-8 byte, so a list joined by commas stays a list.
 */
export function printGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case 'email':
      return `email:${escape(name.value)}`;
    case 'dns':
      return `DNS:${escape(name.value)}`;
    case 'uri':
      return `URI:${escape(name.value)}`;
    case 'ip':
      return `IP:${name.value}`;
    case 'directory':
      return `dirName:${printNameForHeader(name.value)}`;
    case 'registered-id':
      return `RID:${name.value}`;
    case 'other':
      return name.upn === null
        ? `otherName:${name.type}=#${name.value.toString('hex').toUpperCase()}`
        : `UPN:${escape(name.upn)}`;
    case 'x400':
      return `x400Address:#${name.der.toString('hex').toUpperCase()}`;
    case 'edi-party':
      return `ediPartyName:#${name.der.toString('hex').toUpperCase()}`;
    default:
      return name satisfies never;
  }
}

/** Text of an IPv4 (4 bytes) or IPv6 (16 bytes, RFC 5952) address. Other lengths throw RangeError. */
export function printIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) throw new RangeError(`${bytes.length} bytes are no IP address`);
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] << 8) | bytes[2 * at + 1]).toString(16),
  ).join(':');
  const zeros = groups.match(/(?<![0-9a-f])0(:0)+(?![0-9a-f])/g) ?? [];
  const longest = zeros.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return groups;
  const at = groups.search(new RegExp(`(?<![0-9a-f])${longest}(?![0-9a-f])`));
  return `${groups.slice(0, at).replace(/:$/, '')}::${groups.slice(at + longest.length).replace(/^:/, '')}`;
}

function readOtherName(parts: DerReader): GeneralName {
  const type = parts.oid();
  const wrapper = parts.constructed(0xa0);
  parts.finish();
  const start = wrapper.position;
  const tag = wrapper.nextTag;
  const value = wrapper.element();
  wrapper.finish();
  let upn: string | null = null;
  if (type === OID.userPrincipalName) {
    upn = decodeString(tag, value.subarray(value[1] < 0x80 ? 2 : 2 + (value[1] & 0x7f)), start);
    if (upn === null) throw new DerError('bad-string', start, 'user principal name is not text');
  }
  return { kind: 'other', type, value, upn };
}

function printIp(bytes: Buffer, form: IpForm, offset: number): string {
  const length = form === 'address' ? bytes.length : bytes.length / 2;
  if (length !== 4 && length !== 16) {
    throw new DerError('bad-string', offset, `IP address of ${bytes.length} bytes`);
  }
  if (form === 'address') return printIpAddress(bytes);
  return `${printIpAddress(bytes.subarray(0, length))}/${printIpAddress(bytes.subarray(length))}`;
}

function escape(text: string): string {
  return text.replaceAll(/[^ -~]|[\\,]/gu, (character) =>
    character === ',' || character === '\\'
      ? `\\${character}`
      : Buffer.from(character).toString('hex').toUpperCase().replaceAll(/../g, '\\$&'),
  );
}
