import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goQuote } from './go-quote.ts';

// What Go's fmt prints for %q.
const CASES: readonly (readonly [number[] | string, string])[] = [
  ['foo.bar', '"foo.bar"'],
  ['', '""'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ["it's", '"it\'s"'],
  ['\u0007\b\f\v\u0000\u001b\u007f', '"\\a\\b\\f\\v\\x00\\x1b\\x7f"'],
  ['käse.日本', '"käse.日本"'],
  ['😀', '"😀"'],
  // Not printable: a zero-width space, a no-break space, a private character.
  ['\u200b\u00a0\ue000', '"\\u200b\\u00a0\\ue000"'],
  ['\u{f0000}', '"\\U000f0000"'],
  ['\ufffd', '"\ufffd"'],
  [[0xff, 0x61, 0xc3], '"\\xffa\\xc3"'],
  // Too long an encoding, a surrogate, a character cut short.
  [[0xc0, 0x80], '"\\xc0\\x80"'],
  [[0xed, 0xa0, 0x80], '"\\xed\\xa0\\x80"'],
  [[0xe2, 0x82, 0x41], '"\\xe2\\x82A"'],
];

for (const [input, quoted] of CASES) {
  test(`quotes ${quoted} as Go does`, () => {
    assert.equal(goQuote(Buffer.from(input as string)), quoted);
  });
}
