import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';

/** The page may load its own files and nothing from anywhere else, and nobody may frame it. */
const HEADERS: readonly (readonly [string, string])[] = [
  [
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  ],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
];

/**
 * Refuses requests whose Host `isOwn` denies with 421, so that no other site's name can be pointed at
 * this address. Every answer gets the headers that keep other sites out.
 */
export function guard(isOwn: (host: string | undefined) => boolean): MiddlewareHandler {
  return async (c, next) => {
    if (isOwn(c.req.header('host')?.toLowerCase())) await next();
    else c.res = c.text('This address answers to its own name only.\n', 421);
    for (const [name, value] of HEADERS) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('Cache-Control', 'no-store');
  };
}

/**
 * Whether a Host field may say this of a server bound as `address`, such as `127.0.0.1:9180`. Where it
 * has a certificate its `names` are its own too, and any IP address, which no other site's name can be.
 * No browser reaches a unix socket: there it may say anything.
 */
export function ownHosts(
  address: string,
  names: readonly string[] | null,
): (host: string | undefined) => boolean {
  if (address.startsWith('unix:')) return () => true;
  const port = address.slice(address.lastIndexOf(':'));
  const own = new Set(['127.0.0.1', 'localhost', '[::1]'].map((name) => name + port));
  own.add(address.toLowerCase());
  return (host) => {
    if (host === undefined) return false;
    if (own.has(host)) return true;
    if (names === null || (!host.endsWith(port) && port !== ':443')) return false;
    const name = host.endsWith(port) ? host.slice(0, -port.length) : host;
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || names.some((one) => covers(one, name));
  };
}

function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  return pattern.startsWith('*.') && name.slice(name.indexOf('.')) === pattern.slice(1);
}
