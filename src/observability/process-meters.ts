import { ListenerMeter, NOTHING_OPEN, type OpenConnections } from './listener-meter.ts';
import { family, sample } from './metric-catalog.ts';
import { Histogram, label, mergeFamilies, type MetricFamily } from './metric-families.ts';
import { CertificateMemory, type SeenCertificates } from './seen-certificates.ts';

const UPSTREAM_BOUNDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** What one process has measured so far. */
export interface ProcessMetrics {
  readonly families: readonly MetricFamily[];
  readonly clients: SeenCertificates;
  readonly residentBytes: number;
}

/** What is known of the moment. */
export interface ProcessState {
  /** By the listener's name; one that is missing has none. */
  readonly open: ReadonlyMap<string, OpenConnections>;
  readonly upstreams: readonly { readonly name: string; readonly isUp: boolean }[];
  readonly linesDropped: number;
  readonly residentBytes: number;
}

/** The counters of a process: they outlive every snapshot of the configuration. */
export class ProcessMeters {
  readonly clients = new CertificateMemory();
  readonly #listeners = new Map<string, ListenerMeter>();
  readonly #upstreams = new Map<string, UpstreamMeter>();

  listener(name: string): ListenerMeter {
    const known = this.#listeners.get(name);
    if (known !== undefined) return known;
    const meter = new ListenerMeter(name);
    this.#listeners.set(name, meter);
    return meter;
  }

  upstream(name: string): UpstreamMeter {
    const known = this.#upstreams.get(name);
    if (known !== undefined) return known;
    const meter = new UpstreamMeter();
    this.#upstreams.set(name, meter);
    return meter;
  }

  read({ open, upstreams, linesDropped, residentBytes }: ProcessState): ProcessMetrics {
    const ofListeners = [...this.#listeners.values()].map((meter) =>
      meter.families(open.get(meter.name) ?? NOTHING_OPEN),
    );
    const ofUpstreams = [...this.#upstreams].map(([name, meter]) => meter.families(name));
    const health = upstreams.map(({ name, isUp }) => [
      family('upstreamUp', [sample(label('upstream', name), isUp ? 1 : 0)]),
    ]);
    const log = [[family('linesDropped', [sample('', linesDropped)])]];
    const families = mergeFamilies([...ofListeners, ...ofUpstreams, ...health, ...log]);
    return { families, clients: this.clients.all, residentBytes };
  }
}

/** What is measured of one upstream in one process. */
class UpstreamMeter {
  readonly seconds = new Histogram(UPSTREAM_BOUNDS);

  readonly #failures = new Map<string, number>();

  answered(seconds: number): void {
    this.seconds.observe(seconds);
  }

  /** `cause`: of a closed set. */
  failed(cause: string): void {
    this.#failures.set(cause, (this.#failures.get(cause) ?? 0) + 1);
  }

  families(name: string): MetricFamily[] {
    const upstream = label('upstream', name);
    const failures = [...this.#failures].map(([cause, count]) =>
      sample(`${upstream},${label('cause', cause)}`, count),
    );
    return [
      family('upstreamSeconds', this.seconds.samples(upstream)),
      family('upstreamFailures', failures),
    ];
  }
}
