import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Histogram,
  label,
  mergeFamilies,
  type MetricFamily,
  printFamilies,
} from './metric-families.ts';

function family(
  name: string,
  merge: MetricFamily['merge'],
  values: Record<string, number>,
): MetricFamily {
  const samples = Object.entries(values).map(([labels, value]) => ({ suffix: '', labels, value }));
  return { name, help: 'What it is.', type: 'gauge', merge, samples };
}

test('values of several processes are summed, or the largest or smallest is taken', () => {
  const merged = mergeFamilies([
    [
      family('a', 'sum', { x: 1, y: 2 }),
      family('b', 'max', { '': 5 }),
      family('c', 'min', { '': 3 }),
    ],
    [
      family('a', 'sum', { y: 3, z: 4 }),
      family('b', 'max', { '': 4 }),
      family('c', 'min', { '': 2 }),
    ],
  ]);
  assert.deepEqual(
    merged.map(({ name, samples }) => [name, ...samples.map((s) => `${s.labels}=${s.value}`)]),
    [
      ['a', 'x=1', 'y=5', 'z=4'],
      ['b', '=5'],
      ['c', '=2'],
    ],
  );
});

test('a family is printed with its help, type and escaped labels', () => {
  const odd = family('a', 'sum', { [label('l', 'q"b\\s\nn')]: 1 });
  assert.equal(
    printFamilies([odd]),
    '# HELP a What it is.\n# TYPE a gauge\na{l="q\\"b\\\\s\\nn"} 1\n',
  );
});

test('a histogram counts what is at most each bound', () => {
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 2]) histogram.observe(value);
  assert.deepEqual(
    histogram.samples('a="b"').map((s) => `${s.suffix}{${s.labels}} ${s.value}`),
    [
      '_bucket{a="b",le="0.1"} 2',
      '_bucket{a="b",le="1"} 3',
      '_bucket{a="b",le="+Inf"} 4',
      '_sum{a="b"} 2.65',
      '_count{a="b"} 4',
    ],
  );
});

test('histograms of two processes merge bucket by bucket', () => {
  const one = new Histogram([1]);
  const two = new Histogram([1]);
  one.observe(0.5);
  two.observe(3);
  const as = (histogram: Histogram): MetricFamily => ({
    ...family('h', 'sum', {}),
    type: 'histogram',
    samples: histogram.samples(''),
  });
  const [merged] = mergeFamilies([[as(one)], [as(two)]]);
  assert.deepEqual(
    merged?.samples.map((s) => s.value),
    [1, 2, 3.5, 2],
  );
});
