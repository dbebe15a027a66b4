import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from './http-date.ts';

const now = Date.UTC(2026, 6, 1);
const example = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;

test('reads the three forms of an HTTP-date', () => {
  assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT', now), example);
  assert.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT', now), example);
  assert.equal(parseHttpDate('Sun Nov  6 08:49:37 1994', now), example);
});

test('takes a two-digit year for one at most fifty years ahead', () => {
  const year = (digits: string) => {
    const seconds = parseHttpDate(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, now);
    return new Date((seconds ?? 0) * 1000).getUTCFullYear();
  };
  assert.equal(year('76'), 2076);
  assert.equal(year('77'), 1977);
});

for (const text of [
  '',
  '2026-01-01',
  'Sun, 6 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37 +0100',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 08:60:00 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
  ' Sun, 06 Nov 1994 08:49:37 GMT',
]) {
  test(`finds no date in ${JSON.stringify(text)}`, () => {
    assert.equal(parseHttpDate(text, now), null);
  });
}

test('what is printed is read back to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_000 }), (ms) => {
      assert.equal(parseHttpDate(formatHttpDate(ms), now), Math.floor(ms / 1000));
    }),
  );
});
