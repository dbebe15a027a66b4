import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Origin } from './exchange.ts';
import type { PathPattern, RouteOptions, SiteOptions, TargetOptions } from './options.ts';
import { RouteTable } from './route-table.ts';
import { canonicalPath, pathReadings } from './wire/path.ts';

const origin: Origin = { handle() {} };
const answer: TargetOptions = { kind: 'echo' };

function pattern(text: string): PathPattern {
  return text.endsWith('*')
    ? { kind: 'prefix', path: text.slice(0, -1) }
    : { kind: 'exact', path: text };
}

interface RouteText {
  host?: string;
  path?: string;
  methods?: string[];
  target?: TargetOptions;
  allow?: string[];
}

function route({ host, path, methods, target, allow }: RouteText): RouteOptions {
  return {
    host: host ?? null,
    path: path === undefined ? null : pattern(path),
    methods: methods === undefined ? null : new Set(methods),
    allow: allow === undefined ? null : new Set(allow),
    target: target ?? answer,
  };
}

function site(routes: RouteText[], skipPaths: string[] = []): SiteOptions {
  return { routes: routes.map(route), skipPaths: skipPaths.map(pattern), refusal: 'close' };
}

function table(options: SiteOptions): RouteTable {
  return new RouteTable(options, () => origin);
}

/** The place of the route that a request leads to. */
function place(options: SiteOptions, host: string, path: string, method = 'GET') {
  const match = table(options).match(host, path, method);
  return typeof match === 'string' ? match : options.routes.indexOf(match.options);
}

test('the first route that matches decides, not the most specific one', () => {
  const options = site([{ path: '/a*' }, { path: '/a/b' }, { host: 'test.com' }, {}]);
  assert.equal(place(options, 'test.com', '/a/b'), 0);
  assert.equal(place(options, 'test.com', '/b'), 2);
  assert.equal(place(options, 'other.com', '/b'), 3);
});

test('a request that no route matches leads nowhere', () => {
  assert.equal(place(site([]), 'test.com', '/'), 'none');
  assert.equal(place(site([{ host: 'test.com' }]), 'other.com', '/'), 'none');
  assert.equal(place(site([{ path: '/a', methods: ['GET'] }]), 'test.com', '/a', 'POST'), 'none');
});

test('a wildcard host stands for exactly one label', () => {
  const options = site([{ host: '*.test.com' }]);
  assert.equal(place(options, 'a.test.com', '/'), 0);
  for (const host of ['test.com', 'a.b.test.com', '.test.com', 'atest.com', 'com', '']) {
    assert.equal(place(options, host, '/'), 'none', host);
  }
});

test('routes with a host and routes for any host keep their order', () => {
  const options = site([
    { host: '*.test.com', path: '/w' },
    { host: 'a.test.com', methods: ['GET'] },
    { path: '/any' },
    { host: 'a.test.com' },
    { host: '*.test.com' },
  ]);
  assert.equal(place(options, 'a.test.com', '/w'), 0);
  assert.equal(place(options, 'a.test.com', '/any'), 1);
  assert.equal(place(options, 'a.test.com', '/any', 'PUT'), 2);
  assert.equal(place(options, 'a.test.com', '/x', 'PUT'), 3);
  assert.equal(place(options, 'b.test.com', '/any'), 2);
  assert.equal(place(options, 'b.test.com', '/x'), 4);
});

test('a path is ambiguous where its readings lead to different routes', () => {
  const options = site([{ path: '/admin*', allow: ['root'] }, { path: '/docs;v=1' }, {}]);
  for (const raw of ['//admin', '/;x/admin', '/%2561dmin', '/%61%2564min/', '//%2561dmin']) {
    const path = canonicalPath(raw);
    assert.ok(path.kind === 'path');
    assert.equal(place(options, 'test.com', path.path), 'ambiguous', raw);
  }
  assert.equal(place(options, 'test.com', '/docs;v=1'), 'ambiguous');
  assert.equal(place(options, 'test.com', '/admin;x'), 0);
  assert.equal(place(options, 'test.com', '/admin//x;y'), 0);
  assert.equal(place(options, 'test.com', '/public//admin;x'), 2);
});

test('composed and decomposed spellings of a path lead to the same route', () => {
  for (const spelling of ['/caf\u00e9', '/cafe\u0301']) {
    const options = site([{ path: spelling }, { path: `${spelling}/*` }, {}], [spelling]);
    for (const path of ['/caf\u00e9', '/cafe\u0301']) {
      assert.equal(place(options, '', path), 0);
      assert.equal(place(options, '', `${path}/x`), 1);
      assert.equal(table(options).skips(path), true);
    }
  }
});

test('a site that decides nothing by path takes every path as it is', () => {
  const options = site([{ host: 'test.com', allow: ['derek'] }, { methods: ['GET'] }]);
  assert.equal(table(options).needsCanonicalPath, false);
  for (const path of ['/a//b;c', '/%2e%2e/%2f', '/%zz', '*', '/\\', '/%2561']) {
    assert.equal(place(options, 'test.com', path), 0, path);
  }
});

test('a path has to be canonical where routes, skip_paths or files depend on it', () => {
  assert.equal(table(site([{ path: '/a' }])).needsCanonicalPath, true);
  assert.equal(table(site([{}], ['/health'])).needsCanonicalPath, true);
  const files: TargetOptions = { kind: 'files', root: '/srv', tryFiles: [], index: [] };
  assert.equal(table(site([{ target: files }])).needsCanonicalPath, true);
});

test('a path is skipped only where each of its readings is', () => {
  const skipping = table(site([{}], ['/health', '/public/*']));
  for (const path of ['/health', '/public/', '/public/a', '/public/a//b', '/public/a;b']) {
    assert.equal(skipping.skips(path), true, path);
  }
  for (const path of [
    '/',
    '/healthz',
    '/health/',
    '/public',
    '//health',
    '/health;x',
    '/a;/health',
  ]) {
    assert.equal(skipping.skips(path), false, path);
  }
  assert.equal(table(site([{}])).skips('/'), false);
});

const hosts = ['test.com', 'a.test.com', 'b.test.com', 'a.b.test.com', 'localhost', ''];
const hostPatterns = ['test.com', 'a.test.com', '*.test.com', '*.com', '*.b.test.com', 'localhost'];
const piece = fc.constantFrom(
  '/',
  '/',
  'a',
  'b',
  'ab',
  '.x',
  ';',
  '%61',
  '//',
  '\u00e9',
  'e\u0301',
);
const anyPath = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`);
const anyMethod = fc.constantFrom('GET', 'POST', 'PUT');
const anyPattern = fc.oneof(
  anyPath,
  anyPath.map((path) => `${path}*`),
);
const anyRoute = fc
  .record(
    {
      host: fc.constantFrom(...hostPatterns),
      path: anyPattern,
      methods: fc.array(anyMethod, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  .map(route);

/** First match in order, as the configuration's documentation words it. */
function naive(options: SiteOptions, host: string, path: string, method: string) {
  const found = pathReadings(path).map((reading) =>
    options.routes.find((candidate) => {
      const hostHolds =
        candidate.host === null ||
        candidate.host === host ||
        (candidate.host.startsWith('*.') &&
          host.split('.').slice(1).join('.') === candidate.host.slice(2));
      const pathHolds = candidate.path === null || reads(candidate.path, reading);
      return hostHolds && pathHolds && (candidate.methods?.has(method) ?? true);
    }),
  );
  return new Set(found).size > 1 ? 'ambiguous' : (found[0] ?? 'none');
}

function reads({ kind, path }: PathPattern, reading: string): boolean {
  const composed = path.normalize('NFC');
  return kind === 'exact' ? reading === composed : reading.startsWith(composed);
}

test('the compiled table equals trying each route in order', () => {
  const requests = fc.array(fc.tuple(fc.constantFrom(...hosts), anyPath, anyMethod), {
    minLength: 20,
    maxLength: 20,
  });
  fc.assert(
    fc.property(fc.array(anyRoute, { maxLength: 12 }), requests, (routes, list) => {
      const options: SiteOptions = { routes, skipPaths: [], refusal: 'close' };
      const compiled = table(options);
      for (const [host, path, method] of list) {
        const match = compiled.match(host, path, method);
        const expected = naive(options, host, path, method);
        // Without path patterns the table doesn't look at readings, which then can't differ.
        assert.equal(typeof match === 'string' ? match : match.options, expected);
      }
    }),
    { numRuns: 300 },
  );
});

test('skipping equals trying each pattern on each reading', () => {
  fc.assert(
    fc.property(fc.array(anyPattern, { maxLength: 5 }), anyPath, (patterns, path) => {
      const options = site([], patterns);
      const expected = pathReadings(path).every((reading) =>
        options.skipPaths.some((candidate) => reads(candidate, reading)),
      );
      assert.equal(table(options).skips(path), expected);
    }),
    { numRuns: 500 },
  );
});
