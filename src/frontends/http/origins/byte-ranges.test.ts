import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRanges } from './byte-ranges.ts';

const cases: [
  field: string,
  size: number,
  expected: 'whole' | 'unsatisfiable' | [start: number, end: number][],
][] = [
  ['bytes=0-0', 10, [[0, 1]]],
  ['bytes=0-9', 10, [[0, 10]]],
  ['bytes=0-99', 10, [[0, 10]]],
  ['bytes=4-', 10, [[4, 10]]],
  ['bytes=-3', 10, [[7, 10]]],
  ['bytes=-99', 10, [[0, 10]]],
  ['bytes=0-99999999999999999999999', 10, [[0, 10]]],
  ['BYTES=1-2', 10, [[1, 3]]],
  [
    'bytes= 1-2 , 5-6',
    10,
    [
      [1, 3],
      [5, 7],
    ],
  ],
  [
    'bytes=5-6,1-2',
    10,
    [
      [5, 7],
      [1, 3],
    ],
  ],
  ['bytes=0-1,50-60', 10, [[0, 2]]],
  ['bytes=0-8,0-8', 10, 'whole'],
  [`bytes=${'0-0,'.repeat(16)}0-0`, 1000, 'whole'],
  ['lines=0-1', 10, 'whole'],
  ['0-1', 10, 'whole'],
  ['bytes', 10, 'whole'],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=10-20,30-40', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'whole'],
  ['bytes=', 10, 'whole'],
  ['bytes=-', 10, 'unsatisfiable'],
  ['bytes=2-1', 10, 'unsatisfiable'],
  ['bytes=a-b', 10, 'unsatisfiable'],
  ['bytes=1-2,', 10, 'unsatisfiable'],
  ['bytes=0x1-2', 10, 'unsatisfiable'],
  ['bytes=+1-2', 10, 'unsatisfiable'],
];

for (const [field, size, expected] of cases) {
  test(`${field.slice(0, 40)} of ${size} bytes`, () => {
    const ranges =
      typeof expected === 'string' ? expected : expected.map(([start, end]) => ({ start, end }));
    assert.deepEqual(readRanges(field, size), ranges);
  });
}

test('no range is empty or leaves the file, and together they are no more than it', () => {
  const number = fc.oneof(fc.nat(30), fc.constant(''));
  const spec = fc.tuple(number, number).map(([first, last]) => `${first}-${last}`);
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 5 }), fc.nat(20), (specs, size) => {
      const ranges = readRanges(`bytes=${specs.join(',')}`, size);
      if (typeof ranges === 'string') return;
      assert.ok(ranges.length > 0);
      for (const { start, end } of ranges) assert.ok(0 <= start && start < end && end <= size);
      assert.ok(ranges.reduce((sum, { start, end }) => sum + end - start, 0) <= size);
    }),
  );
});
