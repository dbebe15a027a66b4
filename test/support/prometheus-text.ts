// A strict reader of Prometheus' text format 0.0.4: whatever a scraper could stumble over is an error.
import assert from 'node:assert/strict';

export interface ReadMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ReadSample[];
}

export interface ReadSample {
  /** With the suffix of a histogram's series. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"`;
const SAMPLE = new RegExp(String.raw`^(${NAME})(?:\{((?:${LABEL})(?:,${LABEL})*)\})? (\S+)$`);
const VALUE = /^(?:-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|\+Inf|-Inf|NaN)$/;

/** Reads it, or fails: every line, the order of families, doubled series, histograms as a whole. */
export function readPrometheusText(text: string): ReadonlyMap<string, ReadMetric> {
  assert.ok(text.endsWith('\n'), 'the last line has no end');
  const metrics = new Map<string, ReadMetric>();
  let current: { name: string; type: string; help: string; samples: ReadSample[] } | null = null;
  let help: readonly [string, string] | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helped, words] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typed, type] =
      /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line) ?? [];
    if (helped !== undefined && words !== undefined) {
      assert.equal(help, null, `two HELP lines in a row: ${line}`);
      help = [helped, words];
    } else if (typed !== undefined && type !== undefined) {
      assert.equal(help?.[0], typed, `TYPE without HELP: ${line}`);
      assert.match(typed, new RegExp(`^${NAME}$`));
      assert.ok(!metrics.has(typed), `${typed} comes twice`);
      current = { name: typed, type, help: help?.[1] ?? '', samples: [] };
      metrics.set(typed, current);
      help = null;
    } else {
      assert.ok(current !== null && help === null, `a sample without its family: ${line}`);
      current.samples.push(readSample(line, current));
    }
  }
  for (const metric of metrics.values()) checkFamily(metric);
  return metrics;
}

/** The sum of the samples whose labels include these. */
export function total(
  metrics: ReadonlyMap<string, ReadMetric>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const metric = metrics.get(name.replace(/_(bucket|sum|count)$/, '')) ?? metrics.get(name);
  assert.ok(metric !== undefined, `there is no ${name}`);
  return metric.samples
    .filter((sample) => sample.name === name)
    .filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels.get(key) === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}

function readSample(line: string, { name, type }: { name: string; type: string }): ReadSample {
  const found = SAMPLE.exec(line);
  assert.ok(found !== null, `not a sample: ${line}`);
  const [, sampleName = '', labelText = ''] = found;
  const value = found.at(-1) ?? '';
  assert.match(value, VALUE, line);
  const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  assert.ok(
    suffixes.some((suffix) => sampleName === name + suffix),
    `${sampleName} among the samples of ${name}`,
  );
  if (type === 'counter') assert.match(name, /_total$/, 'a counter is called _total');
  const labels = new Map<string, string>();
  for (const [, key = '', quoted = ''] of labelText.matchAll(new RegExp(LABEL, 'g'))) {
    assert.ok(!labels.has(key), `${key} twice: ${line}`);
    labels.set(
      key,
      quoted.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  return { name: sampleName, labels, value: Number(value.replace('Inf', 'Infinity')) };
}

function checkFamily({ name, type, samples }: ReadMetric): void {
  const seen = new Set<string>();
  const keys = new Set<string>();
  for (const sample of samples) {
    const series = seriesOf(sample, []);
    assert.ok(!seen.has(series), `${series} comes twice`);
    seen.add(series);
    const labels = [...sample.labels.keys()].filter((key) => key !== 'le');
    keys.add(labels.toSorted().join());
    if (type !== 'gauge') assert.ok(sample.value >= 0, `${series} is negative`);
  }
  assert.ok(keys.size <= 1, `the samples of ${name} have various labels: ${[...keys].join(' | ')}`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const groups = Map.groupBy(samples, (sample) => seriesOf({ ...sample, name }, ['le']));
  for (const [group, of] of groups) {
    const buckets = of.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) =>
      Number(labels.get('le')?.replace('Inf', 'Infinity')),
    );
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
      `${group}: bounds rise`,
    );
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      `${group}: counts rise`,
    );
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY, `${group}: has +Inf`);
    const count = of.filter((sample) => sample.name === `${name}_count`);
    assert.deepEqual(
      count.map(({ value }) => value),
      [counts.at(-1)],
      `${group}: its count`,
    );
    assert.equal(of.filter((sample) => sample.name === `${name}_sum`).length, 1, `${group}: sum`);
  }
}

function seriesOf({ name, labels }: ReadSample, without: readonly string[]): string {
  const shown = [...labels]
    .filter(([key]) => !without.includes(key))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${name}{${shown.toSorted().join()}}`;
}
