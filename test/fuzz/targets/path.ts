import assert from 'node:assert/strict';
import { posix } from 'node:path';
import type { RouteOptions } from '../../../src/frontends/http/options.ts';
import { type Route, RouteTable } from '../../../src/frontends/http/route-table.ts';
import { canonicalPath, pathReadings } from '../../../src/frontends/http/wire/path.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { PATH_TOKENS } from '../../vectors/fuzz/tokens.ts';

const respond = { kind: 'respond', status: 200, contentType: 'text/plain', body: '' } as const;
const everything: Omit<RouteOptions, 'path'> = {
  host: null,
  methods: null,
  allow: null,
  target: respond,
};
const protectedRoute: RouteOptions = {
  ...everything,
  path: { kind: 'prefix', path: '/admin' },
  allow: new Set(['a']),
};
const openRoute: RouteOptions = { ...everything, path: null };
const skipPaths = [{ kind: 'prefix', path: '/public/' }] as const;
const table = new RouteTable(
  { routes: [protectedRoute, openRoute], skipPaths, refusal: 'close' },
  () => ({ handle: () => {} }),
);

/**
 * Paths, as raw as they come in a request-target. A path that is let through to an open place is not
 * the protected one to any of the servers that could stand behind.
 */
export const pathTarget: FuzzTarget = {
  name: 'path',
  corpus: `/ /admin /admin/x /public/a /public/%2ehidden /a;v=1/b /%61dmin/%C3%A9 /a//b /a%20b
    /..a/.b/c.. /100%25 /public/a;x=y/b /a%3Fb`
    .split(/\s+/)
    .map((text) => Buffer.from(text)),
  tokens: PATH_TOKENS,
  mutations: textMutations,
  longest: 32_768,
  check(input) {
    const raw = input.toString('latin1');
    const canonical = canonicalPath(raw);
    if (canonical.kind === 'ambiguous' || canonical.path === '*') return false;
    const readings = pathReadings(canonical.path);
    assert.ok(readings.length <= 16, `${readings.length} readings`);
    const match = table.match('a', canonical.path, 'GET');
    const isOpen = isRoute(match) && match.options === openRoute;
    const isSkipped = table.skips(canonical.path);
    for (const [server, read] of Object.entries(SERVERS)) {
      const path = read(raw);
      if (path === null) continue;
      if (isOpen) assert.ok(!path.startsWith('/admin'), `${server} reads ${path} where all may go`);
      if (isSkipped) assert.ok(path.startsWith('/public/'), `${server} reads ${path} as skipped`);
    }
    return match !== 'ambiguous';
  },
};

function isRoute(match: ReturnType<RouteTable['match']>): match is Route {
  return typeof match === 'object';
}

/** What servers make of a path before they look for something there; null: they refuse it. */
const SERVERS: Readonly<Record<string, (raw: string) => string | null>> = {
  'a server that takes it literally': (raw) => raw,
  'a browser': (raw) => new URL(`http://h${raw}`).pathname,
  nginx: (raw) => resolved(merged(decoded(raw))),
  'nginx without merge_slashes': (raw) => resolved(decoded(raw)),
  express: (raw) => decoded(raw),
  Tomcat: (raw) => resolved(merged(decoded(raw.replaceAll(/;[^/]*/g, '')))),
  Jetty: (raw) => resolved(decoded(raw).replaceAll(/;[^/]*/g, '')),
  'a server that decodes twice': (raw) => resolved(merged(decoded(decoded(raw)))),
  'a server that cuts all behind a semicolon': (raw) => resolved(decoded(raw.replace(/;.*$/s, ''))),
  Windows: (raw) => resolved(merged(decoded(raw).replaceAll('\\', '/'))),
};

function decoded(path: string): string {
  return path.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
  );
}

function merged(path: string): string {
  return path.replaceAll(/\/+/g, '/');
}

function resolved(path: string): string {
  // Without its merging of slashes, as that is a matter of its own.
  const parts: string[] = [];
  for (const part of path.split('/').slice(1)) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return posix.isAbsolute(path) ? `/${parts.join('/')}` : path;
}
