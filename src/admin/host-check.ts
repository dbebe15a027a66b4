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
 * Refuses requests whose Host is none of `hosts` with 421, so that no other site's name can be pointed
 * at this address; null: any Host, for a socket that no browser reaches. Every answer gets the headers
 * that keep other sites out.
 */
export function guard(hosts: ReadonlySet<string> | null): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host');
    if (hosts === null || (host !== undefined && hosts.has(host.toLowerCase()))) await next();
    else c.res = c.text('This address answers to its own name only.\n', 421);
    for (const [name, value] of HEADERS) c.res.headers.set(name, value);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('Cache-Control', 'no-store');
  };
}

/** What a Host field may say of a server bound as `address`, such as `127.0.0.1:9180`. */
export function ownHosts(address: string): ReadonlySet<string> | null {
  if (address.startsWith('unix:')) return null;
  const port = address.slice(address.lastIndexOf(':') + 1);
  const names = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  return new Set([...names, address.toLowerCase()]);
}
