import { X509Certificate } from 'node:crypto';
import { upstreamsOf } from '../config/listener-upstreams.ts';
import { family, sample } from '../observability/metric-catalog.ts';
import { label, mergeFamilies, type MetricFamily } from '../observability/metric-families.ts';
import { expiryFamilies } from '../observability/seen-certificates.ts';
import { parseRevocationLists } from '../pki/revocation-list.ts';
import type { GatewayOptions } from './options.ts';
import type { HostMetrics } from './worker-metrics.ts';

const DAY_MS = 86_400_000;

/** How a reading of the configuration ended. `unchanged`: it was read and says the same. */
export type ReloadOutcome = 'applied' | 'unchanged' | 'failed';

/** What is measured where there is one of it: reloads, workers, the configured certificates. */
export class GatewayMetrics {
  reloads: Readonly<Record<ReloadOutcome, number>> = { applied: 0, unchanged: 0, failed: 0 };
  readonly #startedAt = Math.round(performance.timeOrigin) / 1000;
  #configured: Configured | null = null;
  #options: GatewayOptions | null = null;

  /** The options that the gateway runs with from now on. */
  applied(options: GatewayOptions): void {
    this.#options = options;
    this.#configured = null;
  }

  /** Everything together. `at`: milliseconds since the epoch. */
  families(
    { processes, retired, workersRestarted }: HostMetrics,
    workersReady: number,
    at: number,
  ): MetricFamily[] {
    const memory = new Map(
      [...processes].map(([name, { residentBytes }]) => [name, residentBytes]),
    );
    memory.set('primary', process.memoryUsage.rss());
    const { notAfter, listed } = this.#read();
    const own = [
      family(
        'certificateExpiry',
        [...notAfter].map(([name, until]) =>
          sample(label('certificate', name), (until - at) / DAY_MS),
        ),
      ),
      family(
        'crlAge',
        [...listed].map(([name, since]) => sample(label('certificate', name), (at - since) / 1000)),
      ),
      ...expiryFamilies(
        [...processes.values()].map(({ clients }) => clients),
        at,
      ),
      family(
        'reloads',
        Object.entries(this.reloads).map(([outcome, n]) => sample(label('outcome', outcome), n)),
      ),
      family('workersRestarted', [sample('', workersRestarted)]),
      family('workersReady', [sample('', workersReady)]),
      family(
        'residentMemory',
        [...memory].map(([name, bytes]) => sample(label('process', name), bytes)),
      ),
      family('startTime', [sample('', this.#startedAt)]),
    ];
    return mergeFamilies([
      ...[...processes.values()].map(({ families }) => families),
      retired,
      own,
    ]);
  }

  /** Read when it is first asked for: certificates and lists may be many and long. */
  #read(): Configured {
    this.#configured ??= configuredTimes(this.#options?.listeners ?? []);
    return this.#configured;
  }
}

/** Times in milliseconds since the epoch, by certificate: its file, or its place. */
interface Configured {
  readonly notAfter: ReadonlyMap<string, number>;
  /** Since when the oldest of its revocation lists says what it says; only where there are lists. */
  readonly listed: ReadonlyMap<string, number>;
}

function configuredTimes(listeners: GatewayOptions['listeners']): Configured {
  const notAfter = new Map<string, number>();
  const listed = new Map<string, number>();
  for (const listener of listeners) {
    const { tls } = listener;
    for (const { name, tls: own } of upstreamsOf(listener)) {
      const pem = own?.certPem ?? null;
      if (pem === null) continue;
      notAfter.set(`upstream ${name}`, new X509Certificate(pem).validToDate.getTime());
    }
    for (const { name, certPem, crls } of [tls.fallback ?? [], tls.certificates].flat()) {
      if (notAfter.has(name)) continue;
      notAfter.set(name, new X509Certificate(certPem).validToDate.getTime());
      const updates = crls
        .flatMap((file) => parseRevocationLists(file))
        .map((list) => list.thisUpdate);
      if (updates.length > 0) listed.set(name, Math.min(...updates));
    }
  }
  return { notAfter, listed };
}
