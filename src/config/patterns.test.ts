import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PathPattern } from '../frontends/http/options.ts';
import { substituteEnvironment } from './environment.ts';
import { addressesConflict, parseListenAddress } from './listen-address.ts';
import { nearest } from './nearest.ts';
import { parsePathPattern, parseServerName, patternCovers } from './patterns.ts';

function matches(pattern: PathPattern, path: string): boolean {
  return pattern.kind === 'exact' ? path === pattern.path : path.startsWith(pattern.path);
}

const path = fc.stringMatching(/^\/[ab/]{0,4}$/);
const pattern = fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const), path });

test('a pattern covers another where every path of the other is one of its own', () => {
  fc.assert(
    fc.property(pattern, pattern, path, (outer, inner, sample) => {
      if (patternCovers(outer, inner) && matches(inner, sample)) assert.ok(matches(outer, sample));
    }),
  );
  const prefix = (text: string): PathPattern => ({ kind: 'prefix', path: text });
  const exact = (text: string): PathPattern => ({ kind: 'exact', path: text });
  assert.ok(patternCovers(prefix('/a'), prefix('/a/b')));
  assert.ok(patternCovers(prefix('/a'), exact('/a')));
  assert.ok(patternCovers(exact('/a'), exact('/a')));
  assert.ok(!patternCovers(exact('/a'), prefix('/a')));
  assert.ok(!patternCovers(prefix('/a/'), prefix('/a')));
});

test('a path pattern is taken where it is written as paths are compared', () => {
  for (const text of [
    '/',
    '/*',
    '/a',
    '/a/',
    '/a/*',
    '/a*',
    '/.well-known/*',
    '/..a',
    '/..*',
    '/ä b',
  ]) {
    const result = parsePathPattern(text);
    assert.ok(result.kind === 'pattern', text);
    const { pattern: read } = result;
    assert.equal(read.path + (read.kind === 'prefix' ? '*' : ''), text);
  }
});

test('a server name is brought into the form in which a client sends it', () => {
  const read = (text: string): string | null => {
    const result = parseServerName(text);
    return result.kind === 'pattern' ? result.pattern : null;
  };
  assert.equal(read('Test.COM.'), 'test.com');
  assert.equal(read('*.Test.com'), '*.test.com');
  assert.equal(read('bücher.example'), 'xn--bcher-kva.example');
  assert.equal(read('_a.test'), '_a.test');
  for (const text of ['', '.', '*', '*.', 'a*.test', '*.*.a', 'a..b', `${'a'.repeat(64)}.b`]) {
    assert.equal(read(text), null, text);
  }
});

test('the nearest word is the one that was meant, or none', () => {
  const known = ['cert_file', 'key_file', 'ca_file', 'verify', 'listen'];
  for (const [word, expected] of [
    ['cert-file', 'cert_file'],
    ['certFile', 'cert_file'],
    ['cret_file', 'cert_file'],
    ['keyfile', 'key_file'],
    ['verfiy', 'verify'],
    ['lisen', 'listen'],
    ['certificate', null],
    ['x', null],
    ['', null],
    ['v'.repeat(100_000), null],
  ] as const) {
    assert.equal(nearest(word, known), expected, word.slice(0, 20));
  }
});

test('variables are replaced once, and "$${" stands for itself', () => {
  const environment = { A: '${B}', B: 'b', EMPTY: '' };
  const done = (value: string): object => ({ kind: 'done', value });
  assert.deepEqual(substituteEnvironment('${A}-${B}${EMPTY}', environment), done('${B}-b'));
  assert.deepEqual(substituteEnvironment('$${A} $A $', environment), done('${A} $A $'));
  for (const text of ['${C}', '${toString}', '${', '${A', '${A B}', '${}', '${1}']) {
    assert.equal(substituteEnvironment(text, environment).kind, 'failed', text);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = text.replaceAll('${', '$$${');
      assert.deepEqual(substituteEnvironment(escaped, {}), done(text));
    }),
  );
});

test('addresses conflict with themselves, and in both directions', () => {
  const host = fc.constantFrom(
    '',
    '127.0.0.1',
    '0.0.0.0',
    '[::]',
    '[::1]',
    'localhost',
    '10.0.0.1',
  );
  const address = fc.tuple(host, fc.constantFrom(1, 2)).map(([name, port]) => {
    const result = parseListenAddress(`${name}:${port}`, (file) => file);
    assert.ok(result.kind === 'address');
    return result.address;
  });
  fc.assert(
    fc.property(address, address, (a, b) => {
      assert.ok(addressesConflict(a, a));
      assert.equal(addressesConflict(a, b), addressesConflict(b, a));
    }),
  );
});
