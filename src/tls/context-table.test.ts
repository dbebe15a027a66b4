import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverTls } from '../../test/support/accepting-server.ts';
import { ContextTable } from './context-table.ts';
import type { ServerTlsOptions, TlsListenerOptions } from './options.ts';

const noPair = { certPem: '', keyPem: '' };

function named(name: string, snis: readonly string[]): ServerTlsOptions {
  return serverTls(noPair, [], { name, snis, mode: 'false' });
}

function table(
  certificates: readonly ServerTlsOptions[],
  fallback: ServerTlsOptions | null = null,
): ContextTable {
  const options: TlsListenerOptions = {
    name: 'test',
    fallback,
    certificates,
    alpn: [],
    timeoutMs: 1000,
    maxInFlight: 16,
    answersPlainHttp: false,
  };
  return new ContextTable(options);
}

const full = table(
  [
    named('exact', ['test.com', 'a.test.com']),
    named('wild', ['*.test.com']),
    named('deep', ['*.b.test.com']),
  ],
  named('default', ['own.test.com']),
);

const choices: readonly (readonly [string | null, string])[] = [
  ['test.com', 'exact'],
  ['a.test.com', 'exact'],
  ['b.test.com', 'wild'],
  ['c.b.test.com', 'deep'],
  ['c.d.test.com', 'default'],
  ['own.test.com', 'default'],
  ['elsewhere.org', 'default'],
  ['com', 'default'],
  ['127.0.0.1', 'default'],
  [null, 'default'],
];

for (const [serverName, expected] of choices) {
  test(`${serverName ?? 'no name'} is answered by ${expected}`, () => {
    assert.equal(full.contextFor(serverName)?.options.name, expected);
  });
}

test('without a default, names nobody claims and no name at all have no context', () => {
  const strict = table([named('a', ['a.com'])]);
  assert.equal(strict.contextFor('b.com'), null);
  assert.equal(strict.contextFor(null), null);
  assert.equal(strict.contextFor('a.com')?.options.name, 'a');
});

test('a host is served over the context that its name would have been given', () => {
  const context = full.contextFor('a.test.com');
  assert.ok(context);
  assert.equal(full.serves(context, 'test.com'), true);
  assert.equal(full.serves(context, 'b.test.com'), false);
  assert.equal(full.serves(context, 'elsewhere.org'), false);
});

test('names that are handed on: exact ones first, then wildcards below the exact names of certificates', () => {
  const passing = new ContextTable({
    name: 'test',
    fallback: named('default', ['d.com']),
    certificates: [named('own', ['own.b.com']), named('wild', ['*.a.com'])],
    passthrough: ['x.a.com', '*.b.com'],
    alpn: [],
    timeoutMs: 1000,
    maxInFlight: 1,
    answersPlainHttp: false,
  });
  const found = ['x.a.com', 'y.a.com', 'y.b.com', 'own.b.com', 'x.y.b.com', 'b.com', 'd.com', null];
  assert.deepEqual(
    found.map((name) => passing.passthroughFor(name)),
    ['x.a.com', null, '*.b.com', null, null, null, null, null],
  );
  assert.equal(full.passthroughFor('x.a.com'), null);
});

test('two certificates that claim one name are a fault', () => {
  assert.throws(() => table([named('a', ['x.com']), named('b', ['x.com'])]), /x\.com.*a.*b/);
  assert.throws(() => table([named('a', ['*.x.com']), named('b', ['*.x.com'])]), /\*\.x\.com/);
});

test("a certificate's claim on one of the default's names wins", () => {
  const overlapping = table([named('a', ['x.com'])], named('default', ['x.com', 'y.com']));
  assert.equal(overlapping.contextFor('x.com')?.options.name, 'a');
  assert.equal(overlapping.contextFor('y.com')?.options.name, 'default');
});

test('10,000 certificates are not looked at before their first use', () => {
  let looks = 0;
  const many = Array.from({ length: 10_000 }, (_, index) => {
    const options = {
      ...named(`host ${index}`, [`host-${index}.example`, `*.host-${index}.example`]),
    };
    for (const key of ['certPem', 'keyPem', 'caPem'] as const) {
      const value = options[key];
      Object.defineProperty(options, key, { get: () => (looks++, value) });
    }
    return options;
  });
  const large = table(many);
  assert.equal(large.contextFor('x.host-9999.example')?.options.name, 'host 9999');
  assert.equal(looks, 0);
});
