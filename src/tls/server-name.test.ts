import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeServerName } from './server-name.ts';

const cases: readonly (readonly [string, string | null])[] = [
  ['test.com', 'test.com'],
  ['TEST.Com', 'test.com'],
  ['test.com.', 'test.com'],
  ['test.com..', null],
  ['localhost', 'localhost'],
  ['_dmarc.a-b.c', '_dmarc.a-b.c'],
  ['127.0.0.1', '127.0.0.1'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['', null],
  ['.', null],
  ['.a', null],
  ['a..b', null],
  ['*.test.com', null],
  ['a b', null],
  ['a\0b', null],
  ['a\r\nb', null],
  ['b\xfccher.example', null],
  ['::1', null],
  ['a/b', null],
  [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`],
  [`${'a'.repeat(64)}.b`, null],
  [`${'a.'.repeat(126)}a`, `${'a.'.repeat(126)}a`],
  [`${'a.'.repeat(127)}a`, null],
];

for (const [given, expected] of cases) {
  test(`reads ${JSON.stringify(given.slice(0, 40))}`, () => {
    assert.equal(normalizeServerName(Buffer.from(given, 'latin1')), expected);
  });
}
