import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import type { PathPattern } from '../frontends/http/options.ts';
import { isHostName } from './listen-address.ts';

/** A pattern that was read, or what is wrong with it. */
export type PatternResult<Pattern> =
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Reads a server name: exact, or `*.` and a name for one label more. The result is lower case, in
 * ASCII (IDNA) and without a trailing dot.
 */
export function parseServerName(text: string): PatternResult<string> {
  const wildcard = text.startsWith('*.');
  const name = asciiName(wildcard ? text.slice(2) : text);
  if (name === null) {
    const hint = text.includes('*')
      ? '; "*" stands only for the first label, as in *.example.com'
      : '';
    return { kind: 'invalid', message: `${JSON.stringify(text)} is not a server name${hint}` };
  }
  return { kind: 'pattern', pattern: wildcard ? `*.${name}` : name };
}

/** Reads a route's host: a server name as above, an IPv4 address, or an IPv6 address in brackets. */
export function parseHostPattern(text: string): PatternResult<string> {
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined && isIPv6(bracketed) && !bracketed.includes('%')) {
    return { kind: 'pattern', pattern: text.toLowerCase() };
  }
  if (/:\d*$/.test(text))
    return { kind: 'invalid', message: 'a host stands here without its port' };
  return parseServerName(text);
}

/**
 * Reads a path pattern: exact, or a prefix ending in `*`. It has to be in the form in which paths are
 * compared: decoded, absolute, without empty or dot segments, queries or parameters.
 */
export function parsePathPattern(text: string): PatternResult<PathPattern> {
  const prefix = text.endsWith('*');
  const path = prefix ? text.slice(0, -1) : text;
  const wrong = wrongPath(path, prefix);
  if (wrong !== null) return { kind: 'invalid', message: wrong };
  return { kind: 'pattern', pattern: { kind: prefix ? 'prefix' : 'exact', path } };
}

/** Whether every path of `inner` is one of `outer` as well. */
export function patternCovers(outer: PathPattern, inner: PathPattern): boolean {
  if (outer.kind === 'exact') return inner.kind === 'exact' && inner.path === outer.path;
  return inner.path.startsWith(outer.path);
}

function wrongPath(path: string, prefix: boolean): string | null {
  if (!path.startsWith('/')) return 'a path begins with "/"';
  const stray = /[%\\?#;*]/.exec(path)?.[0];
  if (stray === '%') return 'a path is written decoded, without "%"';
  if (stray === '*') return '"*" stands only at the end';
  if (stray !== undefined) return `a path has no ${JSON.stringify(stray)} in it`;
  const segments = path.split('/').slice(1);
  // The last segment of a prefix goes on in the request.
  const whole = prefix ? segments.slice(0, -1) : segments;
  if (whole.some((segment) => segment === '.' || segment === '..'))
    return 'a path has no segments "." or ".." in it';
  if (segments.slice(0, -1).includes('')) return 'a path has no empty segments ("//") in it';
  return null;
}

function asciiName(text: string): string | null {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  // eslint-disable-next-line no-control-regex -- asks whether the text is ASCII
  const ascii = /^[\u0000-\u007f]*$/.test(name) ? name.toLowerCase() : domainToASCII(name);
  return isHostName(ascii) ? ascii : null;
}
