import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { GeneralName } from '../pki/general-name.ts';
import { ipAddressName, userPrincipalNameOf } from '../pki/general-name-writer.ts';
import { InvalidNameError, quote } from './invalid-name.ts';

/**
 * What `issue server NAME` means by a name: an IP address (IPv6 also in brackets) or a host name,
 * which may begin with the one-label wildcard `*.`. Throws InvalidNameError.
 */
export function serverName(text: string): GeneralName {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const address = ipAddressName(bare);
  if (address !== null) return address;
  if (bare.includes(':') && isIPv6(bare.replace(/%.*$/, ''))) {
    throw new InvalidNameError('ip', text, 'leave out the zone after %');
  }
  return dnsName(text);
}

/** An IPv4 or IPv6 address, IPv6 also in brackets. Throws InvalidNameError. */
export function ipAddress(text: string): GeneralName {
  const name = ipAddressName(/^\[(.*)\]$/.exec(text)?.[1] ?? text);
  if (name !== null) return name;
  throw new InvalidNameError(
    'ip',
    text,
    'it is no IP address; write it like 10.0.0.1 or 2001:db8::1',
  );
}

/**
 * A host name as a SAN dNSName holds it: ASCII labels of letters, digits, hyphens and underscores,
 * a wildcard only as the whole leftmost label (RFC 5280 section 4.2.1.6, RFC 9525 section 6.3). It
 * is kept as it is written. Throws InvalidNameError.
 */
export function dnsName(text: string): GeneralName {
  const problem = dnsProblem(text);
  if (problem !== null) throw new InvalidNameError('dns', text, problem);
  return { kind: 'dns', value: text };
}

/** An email address: a dot-string and a host name, in ASCII (RFC 5280 section 4.2.1.6). Throws InvalidNameError. */
export function emailAddress(text: string): GeneralName {
  const problem = emailProblem(text, 'an email address');
  if (problem !== null) throw new InvalidNameError('email', text, problem);
  return { kind: 'email', value: text };
}

/** A user principal name, `user@realm`, as Windows logons use it. Throws InvalidNameError. */
export function userPrincipalName(text: string): GeneralName {
  const at = text.lastIndexOf('@');
  const unseen = /[\p{C}\p{Z}]/u.exec(text);
  if (unseen !== null) {
    throw new InvalidNameError(
      'upn',
      text,
      `${quote(unseen[0])} can't be part of it; leave it out`,
    );
  }
  const problem = at < 1 ? 'it must read user@realm' : dnsProblem(text.slice(at + 1));
  if (problem !== null) throw new InvalidNameError('upn', text, problem);
  return userPrincipalNameOf(text);
}

/**
 * An absolute URI in ASCII with a scheme (RFC 3986); with `//` it must name a host, which is a host
 * name or an IP address. Throws InvalidNameError.
 */
export function uriName(text: string): GeneralName {
  const problem = uriProblem(text);
  if (problem !== null) throw new InvalidNameError('uri', text, problem);
  return { kind: 'uri', value: text };
}

/** Whether a name looks like an email address, and so is also taken for one. */
export function looksLikeEmail(text: string): boolean {
  return emailProblem(text, '') === null;
}

function dnsProblem(text: string): string | null {
  if (text === '') return 'a host name is needed';
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return 'leave out the scheme and the path';
  if (/^[^:]*:\d+$/.test(text)) return 'leave out the port';
  if (text.endsWith('.')) return 'leave out the dot at the end';
  const stray = /[^A-Za-z0-9._*-]/u.exec(text);
  if (stray !== null) {
    const ascii = /[^\0-\x7f]/.test(text) ? domainToASCII(text) : '';
    return ascii !== '' && /^[A-Za-z0-9._*-]+$/.test(ascii)
      ? `write it in ASCII: ${ascii}`
      : `${quote(stray[0])} can't be part of a host name`;
  }
  if (text.length > 253) return 'a host name has at most 253 characters';
  const labels = text.split('.');
  const [first, ...rest] = labels;
  if (rest.some((label) => label.includes('*')) || (first !== '*' && first.includes('*'))) {
    return 'a wildcard must be the whole leftmost label, as in *.example.com';
  }
  if (first === '*' && rest.length === 0)
    return 'a wildcard needs a name after it, as in *.example.com';
  for (const label of labels) {
    if (label === '') return 'it has an empty label; leave out the extra dot';
    if (label.length > 63) return `the label ${quote(label)} is longer than 63 characters`;
    if (/^-|-$/.test(label)) return `the label ${quote(label)} begins or ends with a hyphen`;
  }
  // No host name ends in a number: this was meant to be an IPv4 address.
  return /^\d+$/.test(labels.at(-1) ?? '') ? 'it is neither an IPv4 address nor a host name' : null;
}

function emailProblem(text: string, what: string): string | null {
  if (/[^\0-\x7f]/.test(text)) return `${what} must be in ASCII`;
  const at = text.lastIndexOf('@');
  if (at < 1) return `${what} must read name@host`;
  const local = text.slice(0, at);
  if (local.length > 64) return 'the part before @ is longer than 64 characters';
  const stray = /[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]/.exec(local);
  if (stray !== null) return `${quote(stray[0])} can't be part of ${what}`;
  if (/^\.|\.\.|\.$/.test(local)) return 'the part before @ has a dot too many';
  const host = text.slice(at + 1);
  if (host.includes('*')) return `${what} can't have a wildcard`;
  const problem = dnsProblem(host);
  return problem === null ? null : `the part after @: ${problem}`;
}

function uriProblem(text: string): string | null {
  if (text.length > 2048) return 'a URI has at most 2048 characters';
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) {
    return 'a URI begins with its scheme, as in spiffe://example.org/service';
  }
  const stray = /[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]/u.exec(text);
  if (stray !== null) {
    const code = encodeURIComponent(stray[0].isWellFormed() ? stray[0] : '\ufffd');
    return `${quote(stray[0])} can't be part of a URI; write it ${code}`;
  }
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return 'a % must be followed by two hex digits';
  const rest = text.slice(text.indexOf(':') + 1);
  if (rest === '') return 'there is nothing after the scheme';
  if (!rest.startsWith('//')) return null;
  const authority = /^\/\/([^/?#]*)/.exec(rest)?.[1] ?? '';
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '');
  const literal = /^\[(.*)\]$/.exec(host)?.[1];
  if (literal !== undefined ? isIPv6(literal) : isIPv4(host)) return null;
  if (host === '') return 'a URI with // names a host after it';
  if (host.includes('*')) return "a URI can't have a wildcard";
  const problem = dnsProblem(host);
  return problem === null ? null : `the host ${quote(host)}: ${problem}`;
}
