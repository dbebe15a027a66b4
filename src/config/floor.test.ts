import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { ClientAuthentication } from './client-authentication.ts';
import { shortfalls } from './floor.ts';
import { patternCovers } from './patterns.ts';

const MODES: readonly ClientAuthMode[] = ['false', 'observe', 'optional', 'true'];

const BUNDLES = ['one', 'other'].map((identity) => ({ identity, pem: [identity], anchors: [] }));

const pattern = fc.record({
  kind: fc.constantFrom('exact' as const, 'prefix' as const),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/b'),
});

const authentication: fc.Arbitrary<ClientAuthentication> = fc.record({
  mode: fc.constantFrom(...MODES),
  mapping: fc.boolean(),
  bundle: fc.constantFrom(...BUNDLES),
  depth: fc.constantFrom(null, 0, 1, 2),
  pins: fc.subarray(['a', 'b']).map((pins) => new Set(pins)),
  revocation: fc.record({
    files: fc.constant([]),
    paths: fc.subarray(['/x.crl', '/y.crl']).map((paths) => new Set(paths)),
    graceMs: fc.constantFrom(0, 10, Number.POSITIVE_INFINITY),
  }),
  minVersion: fc.constantFrom('TLSv1.2' as const, 'TLSv1.3' as const),
  skipPaths: fc.array(pattern, { maxLength: 2 }),
  refusal: fc.constantFrom('close' as const, 'http' as const),
});

const floors = authentication.filter(({ mode }) => mode !== 'false');

/** Rules that differ from `floor` in a key or two: most random ones would fall short in something. */
function near(floor: ClientAuthentication): fc.Arbitrary<ClientAuthentication> {
  const keys = Object.keys(floor) as (keyof ClientAuthentication)[];
  return fc.tuple(authentication, fc.subarray(keys, { maxLength: 3 })).map(([other, changed]) => {
    const changes = changed.map((key) => [key, other[key]]);
    return { ...floor, ...(Object.fromEntries(changes) as Partial<ClientAuthentication>) };
  });
}

const pairs = floors.chain((floor) => fc.tuple(fc.constant(floor), near(floor)));

const triples = pairs.chain(([low, middle]) =>
  fc.tuple(fc.constant(low), fc.constant(middle), near(middle)),
);

/** A client and what it asks for. */
const client = fc.record({
  certificate: fc.option(
    fc.record({
      issuer: fc.constantFrom('one', 'other'),
      intermediates: fc.constantFrom(0, 1, 2, 3),
      pin: fc.constantFrom('a', 'b', 'c'),
      revokedIn: fc.constantFrom('', '/x.crl', '/y.crl'),
    }),
  ),
  isUser: fc.boolean(),
  /** How long the lists are out of date. */
  staleMs: fc.constantFrom(0, 5, 15),
  version: fc.constantFrom('TLSv1.2' as const, 'TLSv1.3' as const),
  path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/c', '/b'),
});

type Client = typeof client extends fc.Arbitrary<infer Value> ? Value : never;

/** Who a client is under these rules, and whether it is served at all: the rules of the handshake in short. */
function outcome(rules: ClientAuthentication, who: Client) {
  const { certificate, isUser, staleMs, version, path } = who;
  const { paths, graceMs } = rules.revocation;
  const asked = rules.mode === 'false' ? null : certificate;
  const good =
    asked !== null &&
    asked.issuer === rules.bundle?.identity &&
    asked.intermediates <= (rules.depth ?? Number.POSITIVE_INFINITY) &&
    (rules.pins.size === 0 || rules.pins.has(asked.pin)) &&
    !paths.has(asked.revokedIn) &&
    (paths.size === 0 || staleMs <= graceMs);
  const user = good && isUser;
  const skipped = rules.skipPaths.some((outer) => patternCovers(outer, { kind: 'exact', path }));
  const admitted =
    (rules.minVersion === 'TLSv1.2' || version === 'TLSv1.3' || rules.mode === 'false') &&
    (skipped ||
      rules.mode === 'false' ||
      rules.mode === 'observe' ||
      (rules.mode === 'optional' && (asked === null || good)) ||
      (rules.mode === 'true' && good && (user || !rules.mapping)));
  return { admitted, user: user && admitted };
}

describe('the floor', () => {
  test('a certificate that asks the same falls short in nothing', () => {
    fc.assert(
      fc.property(authentication, (rules) => {
        assert.deepEqual(shortfalls(rules, rules), []);
      }),
    );
  });

  test('whoever a certificate without shortfall serves, the listener would have served as the same user', () => {
    fc.assert(
      fc.property(pairs, client, ([floor, certificate], who) => {
        fc.pre(shortfalls(floor, certificate).length === 0);
        const above = outcome(certificate, who);
        const below = outcome(floor, who);
        if (above.admitted) assert.ok(below.admitted);
        if (above.user) assert.ok(below.user);
      }),
      { numRuns: 3000 },
    );
  });

  test('it has no gap between steps: less than less is less', () => {
    fc.assert(
      fc.property(triples, ([low, middle, high]) => {
        fc.pre(shortfalls(low, middle).length === 0 && shortfalls(middle, high).length === 0);
        const found = shortfalls(low, high).map(({ key }) => key);
        assert.deepEqual(found, []);
      }),
      { numRuns: 500 },
    );
  });

  test('a floor in mode false asks nothing', () => {
    fc.assert(
      fc.property(authentication, authentication, (floor, certificate) => {
        assert.deepEqual(shortfalls({ ...floor, mode: 'false' }, certificate), []);
      }),
    );
  });
});
