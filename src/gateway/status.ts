import type { LedgerEntry } from '../observability/client-ledger.ts';

/** What a running gateway says of itself. Times are ISO 8601 in UTC. */
export interface GatewayStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly uptimeMs: number;
  readonly stateDir: string;
  /** Processes that accept connections. */
  readonly workers: {
    readonly configured: number;
    readonly ready: number;
    readonly pids: readonly number[];
  };
  readonly listeners: readonly ListenerStatus[];
  /** Those that expire next, the next first. */
  readonly certificates: readonly CertificateStatus[];
  /** null: the configuration was not read again since the start. */
  readonly lastReload: ReloadStatus | null;
  readonly upstreams: readonly UpstreamStatus[];
  readonly ledger: LedgerStatus;
  /** Events that nobody was told of, because they came too fast. */
  readonly eventsDropped: number;
}

export interface ListenerStatus {
  /** `listen` as configured. */
  readonly name: string;
  /** As bound, such as `127.0.0.1:9443`. */
  readonly address: string;
  readonly protocol: string;
  /** What is asked of clients, by one certificate or another. */
  readonly verify: readonly string[];
  /** Connections of now. */
  readonly connections: number;
  /** Since the start; who is merely observed counts as admitted. */
  readonly admitted: number;
  readonly refused: number;
}

export interface CertificateStatus {
  /** As configured: its file, or its place. */
  readonly certificate: string;
  readonly role: 'server' | 'client' | 'trust-anchor';
  readonly subject: string;
  readonly notAfter: string;
  /** Whole days that are left; negative: it has expired. */
  readonly days: number;
}

export interface ReloadStatus {
  readonly at: string;
  readonly outcome: 'applied' | 'failed';
  /** Empty where it was applied. */
  readonly problems: readonly string[];
}

export interface UpstreamStatus {
  readonly name: string;
  readonly state: 'unknown' | 'up' | 'down';
  /** Failed dials since the last that succeeded. */
  readonly failures: number;
  readonly detail: string | null;
}

export interface LedgerStatus {
  /** Clients that are known. */
  readonly clients: number;
  /** Clients that were dropped to keep the ledger within its bound. */
  readonly dropped: number;
  /** Whether it outlives the process. */
  readonly isKept: boolean;
}

/** Whether `verify: observe` can become `verify: true` without turning anybody away who came of late. */
export interface ObserveReadiness {
  readonly ready: boolean;
  /**
   * Why not: `not-observing`, no listener observes; `refusals`, somebody would have been refused within
   * the window; `too-young`, nobody would have been, but it was not observed for so long. null: it is.
   */
  readonly reason: 'not-observing' | 'refusals' | 'too-young' | null;
  /** How far back is looked, milliseconds. */
  readonly windowMs: number;
  readonly listeners: readonly { readonly listener: string; readonly since: string }[];
  /** Clients that were seen within the window where it is observed. */
  readonly seen: number;
  /** How many of them would have been refused. */
  readonly refused: number;
  /** Those, the last first, at most a thousand. */
  readonly clients: readonly ClientStatus[];
}

/** A client of the ledger, times in ISO 8601. */
export type ClientStatus = Omit<LedgerEntry, TimeField> &
  Readonly<Record<TimeField, string | null>>;

type TimeField = 'notAfter' | 'firstSeen' | 'lastSeen' | 'firstRefused' | 'lastRefused';

export function clientStatus(entry: LedgerEntry): ClientStatus {
  const { notAfter, firstSeen, lastSeen, firstRefused, lastRefused } = entry;
  return {
    ...entry,
    notAfter: iso(notAfter),
    firstSeen: iso(firstSeen),
    lastSeen: iso(lastSeen),
    firstRefused: iso(firstRefused),
    lastRefused: iso(lastRefused),
  };
}

function iso(ms: number | null): string | null {
  return ms === null || Math.abs(ms) > 8.64e15 ? null : new Date(ms).toISOString();
}
