import { X509Certificate } from 'node:crypto';
import { family, sample } from '../observability/metric-catalog.ts';
import { label, mergeFamilies, type MetricFamily } from '../observability/metric-families.ts';
import { expiryFamilies } from '../observability/seen-certificates.ts';
import type { GatewayOptions } from './options.ts';
import type { HostMetrics } from './worker-metrics.ts';

const DAY_MS = 86_400_000;

/** How a reading of the configuration ended. `unchanged`: it was read and says the same. */
export type ReloadOutcome = 'applied' | 'unchanged' | 'failed';

/** What is measured where there is one of it: reloads, workers, the configured certificates. */
export class GatewayMetrics {
  reloads: Readonly<Record<ReloadOutcome, number>> = { applied: 0, unchanged: 0, failed: 0 };
  readonly #startedAt = Math.round(performance.timeOrigin) / 1000;
  #expiries: readonly Expiry[] | null = null;
  #options: GatewayOptions | null = null;

  /** The options that the gateway runs with from now on. */
  applied(options: GatewayOptions): void {
    this.#options = options;
    this.#expiries = null;
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
    const own = [
      family(
        'certificateExpiry',
        this.#certificates().map(({ name, notAfter }) =>
          sample(label('certificate', name), (notAfter - at) / DAY_MS),
        ),
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

  #certificates(): readonly Expiry[] {
    this.#expiries ??= this.#options === null ? [] : configuredExpiries(this.#options);
    return this.#expiries;
  }
}

interface Expiry {
  /** As configured: the certificate's file, or its place. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

function configuredExpiries({ listeners }: GatewayOptions): Expiry[] {
  const expiries = new Map<string, number>();
  for (const { tls } of listeners) {
    for (const { name, certPem } of [tls.fallback ?? [], tls.certificates].flat()) {
      if (expiries.has(name)) continue;
      expiries.set(name, new X509Certificate(certPem).validToDate.getTime());
    }
  }
  return [...expiries].map(([name, notAfter]) => ({ name, notAfter }));
}
