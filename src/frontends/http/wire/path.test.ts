import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalPath, isPlainPath, type PathAmbiguity, pathReadings } from './path.ts';

/** Raw path, canonical path, and the readings beyond it. */
const understood: [raw: string, path: string, ...further: string[]][] = [
  ['/', '/'],
  ['*', '*'],
  ['/hello', '/hello'],
  ['/hello/', '/hello/'],
  ['/a/b/c.d', '/a/b/c.d'],
  ["/-._~!$&'()*+,=:@", "/-._~!$&'()*+,=:@"],
  ['/%68ello', '/hello'],
  ['/%68%65%6C%6c%6F', '/hello'],
  ['/%41%5a%61%7A%30', '/AZaz0'],
  ['/a%20b', '/a b'],
  ['/a+b', '/a+b'],
  ['/a%2Bb', '/a+b'],
  ['/a%3Fb', '/a?b'],
  ['/a%23b', '/a#b'],
  ['/a|b{c}[d]"e<f>^`', '/a|b{c}[d]"e<f>^`'],
  ['/caf%C3%A9', '/café'],
  ['/%E4%BD%A0%E5%A5%BD', '/你好'],
  ['/%F0%9F%94%92', '/🔒'],
  ['/.well-known/acme', '/.well-known/acme'],
  ['/...', '/...'],
  ['/..a/.b/c..', '/..a/.b/c..'],
  ['/%2ehidden', '/.hidden'],
  ['/50%25off', '/50%off'],
  ['/100%25', '/100%'],
  ['/a//b', '/a//b', '/a/b'],
  ['//a///b/', '//a///b/', '/a/b/'],
  ['/a;v=1', '/a;v=1', '/a'],
  ['/a;v=1/b', '/a;v=1/b', '/a/b', '/a'],
  ['/a;v/b;w', '/a;v/b;w', '/a/b', '/a;v/b', '/a'],
  ['/a%3Bv', '/a;v', '/a'],
  ['/a/;x/b', '/a/;x/b', '/a//b', '/a/', '/a/b'],
  ['/%2561dmin', '/%61dmin', '/admin'],
  ['/a%2520b', '/a%20b', '/a b'],
  ['/a%253Bv', '/a%3Bv', '/a;v', '/a'],
  ['/%25zz%2541', '/%zz%41', '/%zzA'],
  ['/%25e4%25bd%25a0', '/%e4%bd%a0', '/你'],
  ['/cafe%CC%81', '/cafe\u0301'],
];

const refused: [raw: string, reason: PathAmbiguity][] = [
  ['', 'not an absolute path'],
  ['admin', 'not an absolute path'],
  ['%2Fadmin', 'not an absolute path'],
  ['**', 'not an absolute path'],
  ['/a?b', 'query or fragment in the path'],
  ['/a#b', 'query or fragment in the path'],
  ['/public#/../admin', 'query or fragment in the path'],
  ['/a\\b', 'backslash'],
  ['/..\\admin', 'backslash'],
  ['/a b', 'control character'],
  ['/a\tb', 'control character'],
  ['/a\u0000b', 'control character'],
  ['/a\u007fb', 'control character'],
  ['/a%00', 'control character'],
  ['/a%0d%0aX: y', 'control character'],
  ['/a%1f', 'control character'],
  ['/a%7F', 'control character'],
  ['/a%C2%85', 'control character'],
  ['/caf\u00e9', 'character outside ASCII'],
  ['/a%', 'malformed escape'],
  ['/a%4', 'malformed escape'],
  ['/a%zz', 'malformed escape'],
  ['/a%u002e', 'malformed escape'],
  ['/a% 41', 'malformed escape'],
  ['/a%+1', 'malformed escape'],
  ['/a%2fb', 'encoded slash'],
  ['/a%2Fb', 'encoded slash'],
  ['/public%2f..%2fadmin', 'encoded slash'],
  ['/a%5cb', 'encoded backslash'],
  ['/a%5Cb', 'encoded backslash'],
  ['/%c0%af', 'invalid UTF-8'],
  ['/%c0%ae%c0%ae/admin', 'invalid UTF-8'],
  ['/%e0%80%af', 'invalid UTF-8'],
  ['/%f0%80%80%af', 'invalid UTF-8'],
  ['/%ff', 'invalid UTF-8'],
  ['/%ed%a0%80', 'invalid UTF-8'],
  ['/%f4%90%80%80', 'invalid UTF-8'],
  ['/%e4%bd', 'invalid UTF-8'],
  ['/%80', 'invalid UTF-8'],
  ['/%C3a', 'invalid UTF-8'],
  ['/.', 'dot segment'],
  ['/..', 'dot segment'],
  ['/../', 'dot segment'],
  ['/./admin', 'dot segment'],
  ['/public/../admin', 'dot segment'],
  ['/public/%2e%2e/admin', 'dot segment'],
  ['/public/.%2E/admin', 'dot segment'],
  ['/public/%2e/admin', 'dot segment'],
  ['/public/..;/admin', 'dot segment'],
  ['/public/..;x=y/admin', 'dot segment'],
  ['/public/..%3b/admin', 'dot segment'],
  ['/public/.;/admin', 'dot segment'],
  ['/public//../admin', 'dot segment'],
  ['/%252e%252e/admin', 'encoded twice'],
  ['/public/.%252e/admin', 'encoded twice'],
  ['/a%252fb', 'encoded twice'],
  ['/a%255cb', 'encoded twice'],
  ['/a%2500', 'encoded twice'],
  ['/a%250a', 'encoded twice'],
  ['/a%25c0%25af', 'encoded twice'],
  ['/a%25c2%2585', 'encoded twice'],
  ['/a%252561', 'encoded twice'],
];

for (const [raw, path, ...further] of understood) {
  test(`takes ${JSON.stringify(raw)} for ${[path, ...further].join(' or ')}`, () => {
    assert.deepEqual(canonicalPath(raw), { kind: 'path', path });
    const [literal, ...others] = pathReadings(path);
    assert.equal(literal, path.normalize('NFC'));
    assert.deepEqual(others.toSorted(), further.toSorted());
  });
}

for (const [raw, reason] of refused) {
  test(`refuses ${JSON.stringify(raw)}: ${reason}`, () => {
    assert.deepEqual(canonicalPath(raw), { kind: 'ambiguous', reason });
  });
}

const tricky = fc
  .array(
    fc.oneof(
      fc.constantFrom('/', '//', '.', '..', ';', '%', '\\', 'a', '2', 'e', '?', '#', ' ', '\u0000'),
      fc.constantFrom('%2e', '%2F', '%5c', '%25', '%252e', '%61', '%C3%A9', '%c0%af', '%00', '%3b'),
    ),
  )
  .map((parts) => `/${parts.join('')}`);

test('a path of semicolons costs time in proportion to its length', () => {
  const began = process.cpuUsage();
  const path = `/${';'.repeat(32_000)}/`;
  assert.deepEqual(canonicalPath(path), { kind: 'path', path });
  assert.deepEqual(pathReadings(path), [path, '//', '/']);
  assert.ok(process.cpuUsage(began).user < 400_000, 'microseconds');
});

test('a plain path is its own canonical form and only reading', () => {
  fc.assert(
    fc.property(tricky, (raw) => {
      if (!isPlainPath(raw)) return;
      assert.equal(decodeURIComponent(raw), raw);
      assert.equal(new URL(raw, 'http://h').pathname, raw);
      assert.deepEqual(pathReadings(raw), [raw]);
    }),
  );
});

test('no canonical path has a reading that leaves its directory or hides a separator', () => {
  fc.assert(
    fc.property(tricky, (raw) => {
      const canonical = canonicalPath(raw);
      if (canonical.kind === 'ambiguous') return;
      for (const reading of pathReadings(canonical.path)) {
        assert.ok(reading.startsWith('/'));
        assert.doesNotMatch(reading, /\\|\p{Cc}|(^|\/)\.\.?(\/|$)|%(2f|5c)/iu);
      }
    }),
    { numRuns: 2000 },
  );
});

test('an escaped path decodes to what was escaped', () => {
  const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => {
    return !/[/\\;%]|^\.\.?$/.test(text);
  });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const raw = `/${segments.map(encodeURIComponent).join('/')}`;
      const result = canonicalPath(raw);
      if (/[\u0080-\u009f]/.test(segments.join(''))) return;
      assert.deepEqual(result, { kind: 'path', path: `/${segments.join('/')}` });
    }),
  );
});
