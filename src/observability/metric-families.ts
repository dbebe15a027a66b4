/** How values of several processes become one. */
export type Merge = 'sum' | 'max' | 'min';

/** One metric with all its values; `samples` by label text such as `listener="a",outcome="admitted"`. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly merge: Merge;
  readonly samples: readonly Sample[];
}

/** `suffix` tells the series of a histogram apart: `_bucket`, `_sum`, `_count`. */
export interface Sample {
  readonly suffix: string;
  readonly labels: string;
  readonly value: number;
}

/** A label value quoted as Prometheus reads it (text format 0.0.4). */
export function label(name: string, value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `${name}="${escaped}"`;
}

/** The families of several processes as those of one. Families keep the order in which they first come. */
export function mergeFamilies(processes: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const merged = new Map<string, { family: MetricFamily; samples: Map<string, Sample> }>();
  for (const family of processes.flat()) {
    let entry = merged.get(family.name);
    if (entry === undefined) {
      entry = { family, samples: new Map() };
      merged.set(family.name, entry);
    }
    for (const sample of family.samples) {
      const key = `${sample.suffix}{${sample.labels}`;
      const before = entry.samples.get(key);
      const value =
        before === undefined ? sample.value : combine(family.merge, before.value, sample.value);
      entry.samples.set(key, { ...sample, value });
    }
  }
  return [...merged.values()].map(({ family, samples }) => ({
    ...family,
    samples: [...samples.values()],
  }));
}

function combine(merge: Merge, a: number, b: number): number {
  switch (merge) {
    case 'sum':
      return a + b;
    case 'max':
      return Math.max(a, b);
    case 'min':
      return Math.min(a, b);
  }
}

/** The families in Prometheus' text format, version 0.0.4. */
export function printFamilies(families: readonly MetricFamily[]): string {
  let text = '';
  for (const { name, help, type, samples } of families) {
    text += `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
    for (const { suffix, labels, value } of samples) {
      text += `${name}${suffix}${labels === '' ? '' : `{${labels}}`} ${printValue(value)}\n`;
    }
  }
  return text;
}

function printValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** Counts observations by size. Observing allocates nothing. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds`: upper bounds of the buckets, rising; one without bound is added. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]) bucket++;
    this.#counts[bucket] = this.#counts[bucket] + 1;
    this.#sum += value;
  }

  samples(labels: string): Sample[] {
    const prefix = labels === '' ? '' : `${labels},`;
    const samples: Sample[] = [];
    let count = 0;
    for (const [index, inBucket] of this.#counts.entries()) {
      count += inBucket;
      const bound = this.#bounds[index] ?? Number.POSITIVE_INFINITY;
      const le = label('le', printValue(bound));
      samples.push({ suffix: '_bucket', labels: prefix + le, value: count });
    }
    samples.push({ suffix: '_sum', labels, value: this.#sum });
    samples.push({ suffix: '_count', labels, value: count });
    return samples;
  }
}
