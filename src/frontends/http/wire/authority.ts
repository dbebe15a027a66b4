import { isIPv6 } from 'node:net';
import { ALPHANUMERIC, CLASSES } from './characters.ts';

const COLON = 0x3a;

/**
 * Whether the text is a host with an optional port (RFC 3986 section 3.2.2), as narrow as names on
 * the web are: letters, digits, `.`, `-`, `_`, `~`, or an IPv6 address in brackets. No user
 * information, no escapes, no empty host, and a port that is given is 1 to 65535.
 */
export function isAuthority(text: string): boolean {
  if (text.charCodeAt(0) === 0x5b) return isBracketed(text);
  let at = 0;
  while (at < text.length && isHostCharacter(text.charCodeAt(at))) at += 1;
  if (at === 0 || at > 255) return false;
  return at === text.length || (text.charCodeAt(at) === COLON && isPort(text, at + 1));
}

/**
 * The host of an authority that `isAuthority` admitted, as certificates and routes name it:
 * lower case, without port, brackets or trailing dot.
 */
export function hostOfAuthority(authority: string): string {
  const lower = authority.toLowerCase();
  if (lower.startsWith('[')) return lower.slice(1, lower.indexOf(']'));
  const colon = lower.indexOf(':');
  const host = colon < 0 ? lower : lower.slice(0, colon);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

function isBracketed(text: string): boolean {
  const close = text.indexOf(']');
  const address = text.slice(1, close);
  if (close < 0 || address.includes('%') || !isIPv6(address)) return false;
  return (
    close + 1 === text.length || (text.charCodeAt(close + 1) === COLON && isPort(text, close + 2))
  );
}

function isPort(text: string, from: number): boolean {
  if (from === text.length || text.length - from > 5) return false;
  let port = 0;
  for (let at = from; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port > 0 && port <= 65535;
}

function isHostCharacter(code: number): boolean {
  if (code > 0x7f) return false;
  // . - _ ~
  return (
    (CLASSES[code] & ALPHANUMERIC) !== 0 ||
    code === 0x2e ||
    code === 0x2d ||
    code === 0x5f ||
    code === 0x7e
  );
}
