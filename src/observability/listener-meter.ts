import type { HandshakeRecord } from '../tls/handshake-record.ts';
import { family, sample } from './metric-catalog.ts';
import { Histogram, label, type MetricFamily, type Sample } from './metric-families.ts';

const VERSIONS = ['none', 'TLSv1.2', 'TLSv1.3'] as const;
const OUTCOMES = ['refused', 'admitted'] as const;
const STATUS_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const HANDSHAKE_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The causes are a closed set; should it ever be left, the labels stay bounded. */
const MAX_CAUSES = 100;

/** What is counted of one listener in one process. Counting makes no text and, but for the first of a cause, no object. */
export class ListenerMeter {
  readonly name: string;
  /** Of connections that are closed by now. */
  receivedBytes = 0;
  sentBytes = 0;
  /** By cause, then by version and outcome; an empty cause: there was none. */
  readonly #handshakes = new Map<string, Float64Array>();
  readonly #handshakeSeconds = new Histogram(HANDSHAKE_BOUNDS);
  readonly #requests = new Float64Array(STATUS_CLASSES.length);
  readonly #refused = new Map<string, number>();
  readonly #serving = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  /** A handshake was decided; not those that were given up for a newer one unseen. */
  handshake({ cause, version, outcome, durationMs }: HandshakeRecord): void {
    const counts = this.#countsOf(cause ?? '');
    const at = versionAt(version) * OUTCOMES.length + (outcome === 'admitted' ? 1 : 0);
    counts[at] = counts[at] + 1;
    this.#handshakeSeconds.observe(durationMs / 1000);
  }

  /** Of a request that was answered with this status; 0: it never was. */
  request(status: number): void {
    const at = (status / 100) | 0;
    const counts = this.#requests;
    if (at < counts.length) counts[at] = counts[at] + 1;
  }

  refused(cause: string, count: number): void {
    this.#refused.set(cause, (this.#refused.get(cause) ?? 0) + count);
  }

  /** A connection is served in this protocol from now on; `by` -1: no more. */
  serving(protocol: string, by: 1 | -1): void {
    this.#serving.set(protocol, (this.#serving.get(protocol) ?? 0) + by);
  }

  /** `open`: the connections of now, in whatever stage, and what moved on them. */
  families(open: OpenConnections): MetricFamily[] {
    const listener = label('listener', this.name);
    const requests = [...this.#requests].map((count, at) =>
      sample(`${listener},${label('status', STATUS_CLASSES[at] ?? '')}`, count),
    );
    const refused = [...this.#refused].map(([cause, count]) =>
      sample(`${listener},${label('cause', cause)}`, count),
    );
    return [
      family('handshakes', this.#handshakeSamples(listener)),
      family('handshakeSeconds', this.#handshakeSeconds.samples(listener)),
      family('connections', this.#connectionSamples(listener, open.count)),
      family('connectionsRefused', refused),
      family('receivedBytes', [sample(listener, this.receivedBytes + open.receivedBytes)]),
      family('sentBytes', [sample(listener, this.sentBytes + open.sentBytes)]),
      family('requests', requests),
    ];
  }

  #countsOf(cause: string): Float64Array {
    const known = this.#handshakes.get(cause);
    if (known !== undefined) return known;
    if (this.#handshakes.size >= MAX_CAUSES) return this.#countsOf([...this.#handshakes.keys()][0]);
    const counts = new Float64Array(VERSIONS.length * OUTCOMES.length);
    this.#handshakes.set(cause, counts);
    return counts;
  }

  #handshakeSamples(listener: string): Sample[] {
    const samples: Sample[] = [];
    for (const [cause, counts] of this.#handshakes) {
      for (const [at, count] of counts.entries()) {
        if (count === 0) continue;
        const version = label('version', VERSIONS[Math.floor(at / OUTCOMES.length)] ?? '');
        const outcome = label('outcome', OUTCOMES[at % OUTCOMES.length] ?? '');
        const finding = label('finding', cause === '' ? 'none' : cause);
        samples.push(sample(`${listener},${version},${outcome},${finding}`, count));
      }
    }
    return samples;
  }

  #connectionSamples(listener: string, open: number): Sample[] {
    const of = (protocol: string, count: number): Sample =>
      sample(`${listener},${label('protocol', protocol)}`, count);
    let served = 0;
    for (const count of this.#serving.values()) served += count;
    return [
      of('none', Math.max(0, open - served)),
      ...[...this.#serving].map(([protocol, count]) => of(protocol, count)),
    ];
  }
}

/** The connections of one listener that are open now. */
export interface OpenConnections {
  readonly count: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export const NOTHING_OPEN: OpenConnections = { count: 0, receivedBytes: 0, sentBytes: 0 };

function versionAt(version: string | null): number {
  if (version === 'TLSv1.3') return 2;
  return version === 'TLSv1.2' ? 1 : 0;
}
