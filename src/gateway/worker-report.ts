import type { Sighting } from '../observability/client-ledger.ts';
import type { GatewayEvent } from '../observability/event.ts';
import type { UpstreamHealth } from '../upstreams/health.ts';

/** What a process that serves connections tells, some times a second, of what happened since the last time. */
export interface WorkerReport {
  readonly kind: 'report';
  readonly events: readonly TimedEvent[];
  /** Events that there was no room for. */
  readonly dropped: number;
  /** Their protocol is empty: it is known to whoever keeps the ledger. */
  readonly sightings: readonly Sighting[];
  readonly counts: readonly ListenerCount[];
  /** null: as they were. */
  readonly gauges: WorkerGauges | null;
}

/**
 * Which connections that are simply admitted are reported as events. `some`: as many as a busy gateway
 * does not feel; they are counted all the same.
 */
export type AdmittedWanted = 'none' | 'some' | 'all';

export interface TimedEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: GatewayEvent;
}

/** Connections whose handshake was decided. Who is merely observed counts as admitted. */
export interface ListenerCount {
  readonly listener: string;
  admitted: number;
  refused: number;
}

export interface WorkerGauges {
  readonly connections: readonly { readonly listener: string; readonly connections: number }[];
  readonly upstreams: readonly UpstreamReport[];
}

/** How an upstream does, by its name in the configuration; the worst where it is used in several ways. */
export interface UpstreamReport {
  readonly name: string;
  readonly state: UpstreamHealth['state'];
  /** Failed dials since the last that succeeded. */
  readonly failures: number;
  /** What the last failure was; null: there was none. */
  readonly detail: string | null;
}

const WORST: readonly UpstreamHealth['state'][] = ['unknown', 'up', 'down'];

/** One report for each name, of several. */
export function mergeUpstreams(reports: Iterable<UpstreamReport>): UpstreamReport[] {
  const merged = new Map<string, UpstreamReport>();
  for (const report of reports) {
    const known = merged.get(report.name);
    if (known === undefined || WORST.indexOf(report.state) > WORST.indexOf(known.state)) {
      merged.set(report.name, report);
    }
  }
  return [...merged.values()];
}
