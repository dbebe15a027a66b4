import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Conditions,
  judge,
  type Precondition,
  rangeHolds,
  readConditions,
} from './conditions.ts';

const before = 'Sun, 06 Nov 1994 08:49:36 GMT';
const same = 'Sun, 06 Nov 1994 08:49:37 GMT';
const after = 'Sun, 06 Nov 1994 08:49:38 GMT';
const validators = { etag: '"a-1"', modified: Date.UTC(1994, 10, 6, 8, 49, 37) / 1000 };
const now = Date.UTC(2026, 6, 1);

function read(...lines: string[]): Conditions {
  const conditions = readConditions(lines.map((line) => `${line}\r\n`).join(''));
  assert.ok(conditions !== null);
  return conditions;
}

const cases: [expected: Precondition, ...lines: string[]][] = [
  ['holds', 'If-Match: "a-1"'],
  ['holds', 'If-Match: *'],
  ['holds', 'If-Match: "x", "a-1"'],
  ['failed', 'If-Match: "x"'],
  ['failed', 'If-Match: W/"a-1"'],
  ['failed', 'If-Match: a-1'],
  ['holds', `If-Unmodified-Since: ${same}`],
  ['holds', `If-Unmodified-Since: ${after}`],
  ['failed', `If-Unmodified-Since: ${before}`],
  ['holds', 'If-Unmodified-Since: yesterday'],
  ['holds', 'If-Match: "a-1"', `If-Unmodified-Since: ${before}`],
  ['not-modified', 'If-None-Match: "a-1"'],
  ['not-modified', 'If-None-Match: W/"a-1"'],
  ['not-modified', 'If-None-Match: *'],
  ['not-modified', 'if-none-match: "x"', 'IF-NONE-MATCH: "a-1"'],
  ['holds', 'If-None-Match: "x,\\"a-1"'],
  ['holds', 'If-None-Match: "x"'],
  ['not-modified', `If-Modified-Since: ${same}`],
  ['not-modified', `If-Modified-Since: ${after}`],
  ['holds', `If-Modified-Since: ${before}`],
  ['holds', 'If-Modified-Since: 1'],
  ['holds', 'If-None-Match: "x"', `If-Modified-Since: ${same}`],
  ['failed', 'If-Match: "x"', 'If-None-Match: "a-1"'],
  ['not-modified', 'If-Match: "a-1"', 'If-None-Match: "a-1"'],
];

for (const [expected, ...lines] of cases) {
  test(`${lines.join(' and ')}: ${expected}`, () => {
    assert.equal(judge(read(...lines), validators, now), expected);
  });
}

test('a request without such fields has no conditions', () => {
  const fields = 'Accept: */*\r\nReferer: /range\r\nX-If-Match: "a"\r\nRanges: bytes=0-1\r\n';
  assert.equal(readConditions(fields), null);
});

test('a part is answered only where If-Range is absent or exact', () => {
  assert.equal(rangeHolds(read('Range: bytes=0-1'), validators, now), true);
  assert.equal(rangeHolds(read('If-Range: "a-1"'), validators, now), true);
  assert.equal(rangeHolds(read(`If-Range: ${same}`), validators, now), true);
  for (const value of ['"x"', 'W/"a-1"', before, after, 'x']) {
    assert.equal(rangeHolds(read(`If-Range: ${value}`), validators, now), false, value);
  }
});
