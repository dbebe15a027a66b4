import { isIPv4, isIPv6 } from 'node:net';
import { der } from './der-writer.ts';
import { type GeneralName, printIpAddress } from './general-name.ts';
import { encodeName } from './name-der.ts';
import { OID } from './oids.ts';

/** Encodes GeneralNames (RFC 5280 section 4.2.1.6), at least one; text that is not ASCII throws RangeError. */
export function encodeGeneralNames(names: readonly GeneralName[]): Buffer {
  if (names.length === 0) throw new RangeError('GeneralNames without a name');
  return der.sequence(...names.map(encodeGeneralName));
}

/** Encodes one GeneralName. */
export function encodeGeneralName(name: GeneralName): Buffer {
  switch (name.kind) {
    case 'other':
      return der.implicit(
        0,
        Buffer.concat([der.oid(name.type), der.explicit(0, name.value)]),
        true,
      );
    case 'email':
      return der.implicit(1, ascii(name.value));
    case 'dns':
      return der.implicit(2, ascii(name.value));
    case 'directory':
      // A Name is a CHOICE, so its tag stays inside (X.680 section 31.2.7).
      return der.explicit(4, encodeName(name.value));
    case 'uri':
      return der.implicit(6, ascii(name.value));
    case 'ip':
      return der.implicit(7, name.bytes);
    case 'registered-id': {
      const element = der.oid(name.value);
      return der.implicit(8, element.subarray(element[1] < 0x80 ? 2 : 3));
    }
    case 'x400':
    case 'edi-party':
      return name.der;
    default:
      return name satisfies never;
  }
}

/** An IPv4 or IPv6 address from its text; null: it is neither, or has a zone. */
export function ipAddressName(text: string): GeneralName | null {
  const bytes = isIPv4(text)
    ? Buffer.from(text.split('.').map(Number))
    : isIPv6(text) && !text.includes('%')
      ? ipv6Bytes(text)
      : null;
  return bytes === null ? null : { kind: 'ip', value: printIpAddress(bytes), bytes };
}

/** The otherName that Windows logons use, `user@realm`. */
export function userPrincipalNameOf(text: string): GeneralName {
  return { kind: 'other', type: OID.userPrincipalName, value: der.utf8String(text), upn: text };
}

function ascii(text: string): Buffer {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) throw new RangeError('a name that is not ASCII');
  }
  return Buffer.from(text, 'latin1');
}

function ipv6Bytes(text: string): Buffer {
  const [head, tail] = text.split('::').map(groupBytes);
  const missing = tail === undefined ? 0 : 16 - head.length - tail.length;
  return Buffer.from([...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]);
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
