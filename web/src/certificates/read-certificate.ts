// What a certificate says of itself, read in the browser to show it before it is sent. The gateway reads
// it again, and its word counts.
import { type DerElement, derElements, derOid, derText, derTime } from './der-reader.ts';

export interface ReadCertificate {
  /** As in RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  /** Subject alternative names, such as `DNS:test.com`. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const MAX_CERTIFICATES = 32;
const PEM_BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([^-]*)-----END/g;

/** The certificates of a PEM text, in their order; null stands for one that can't be read. */
export function readCertificates(text: string): readonly (ReadCertificate | null)[] {
  return [...text.matchAll(PEM_BLOCK)].slice(0, MAX_CERTIFICATES).map(([, base64 = '']) => {
    const der = bytesOf(base64);
    return der === null ? null : readCertificate(der);
  });
}

/** DER as PEM. */
export function certificatePem(der: Uint8Array): string {
  let binary = '';
  for (const byte of der) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

function readCertificate(der: Uint8Array): ReadCertificate | null {
  const body = within(derElements(der)?.[0])?.[0];
  const fields = within(body)?.filter(({ tag }) => tag !== 0xa0) ?? [];
  const [, , issuer, validity, subject] = fields;
  const [from, until] = within(validity) ?? [];
  if (issuer === undefined || subject === undefined) return null;
  if (from === undefined || until === undefined) return null;
  const notBefore = derTime(from);
  const notAfter = derTime(until);
  if (notBefore === null || notAfter === null) return null;
  const extensions = fields.find(({ tag }) => tag === 0xa3);
  return {
    subject: printName(subject),
    issuer: printName(issuer),
    notBefore,
    notAfter,
    names: extensions === undefined ? [] : alternativeNames(extensions),
  };
}

function within(element: DerElement | undefined): readonly DerElement[] | null {
  return element === undefined ? null : derElements(element.content);
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

function printName(name: DerElement): string {
  const rdns = (within(name) ?? []).map((rdn) =>
    (within(rdn) ?? []).map((pair) => printAttribute(within(pair) ?? [])).join('+'),
  );
  return rdns.toReversed().join(',');
}

function printAttribute([type, value]: readonly DerElement[]): string {
  if (type === undefined || value === undefined) return '';
  const oid = derOid(type.content);
  const text = derText(value).replaceAll(/^[ #]|[,+"\\<>;]| $/g, '\\$&');
  return `${SHORT_NAMES[oid] ?? oid}=${text}`;
}

const SUBJECT_ALT_NAME = '2.5.29.17';
const KINDS: Readonly<Record<number, string>> = {
  0x81: 'email',
  0x82: 'DNS',
  0x86: 'URI',
  0x87: 'IP',
};

function alternativeNames(extensions: DerElement): string[] {
  const all = within(within(extensions)?.[0]) ?? [];
  for (const extension of all) {
    const parts = within(extension) ?? [];
    const [type] = parts;
    const value = parts.at(-1);
    if (type === undefined || value === undefined) continue;
    if (derOid(type.content) !== SUBJECT_ALT_NAME) continue;
    return (within(derElements(value.content)?.[0]) ?? []).flatMap((name) => {
      const kind = KINDS[name.tag];
      if (kind === undefined) return [];
      return [`${kind}:${kind === 'IP' ? printAddress(name.content) : derText(name)}`];
    });
  }
  return [];
}

function printAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: bytes.length / 2 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}
