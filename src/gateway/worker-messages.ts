import type { ProcessMetrics } from '../observability/process-meters.ts';
import type { IssuedCertificate, RevocationNews } from '../tls/live-revocations.ts';
import type { MaterialToWorker, MaterialWanted } from './deferred-material.ts';
import type {
  SessionsAsked,
  SessionsFromWorker,
  SessionToWorker,
  TicketSecretsToWorker,
} from './session-messages.ts';
import type { AdmittedWanted, WorkerReport } from './worker-report.ts';

/** What the primary tells a worker. A `connection` comes with the socket. */
export type ToWorker =
  | {
      readonly kind: 'apply';
      readonly version: number;
      /** WorkerSnapshot by `v8.serialize`: made once for all workers. */
      readonly snapshot: Uint8Array;
      readonly graceMs: number;
    }
  | { readonly kind: 'connection'; readonly listener: string }
  | { readonly kind: 'metrics-wanted'; readonly question: number }
  | { readonly kind: 'stop'; readonly graceMs: number }
  | { readonly kind: 'revoked'; readonly question: number; readonly news: RevocationNews }
  | {
      readonly kind: 'count-relying';
      readonly question: number;
      readonly certificate: IssuedCertificate;
    }
  | { readonly kind: 'report-admitted'; readonly wanted: AdmittedWanted }
  | SessionToWorker
  | SessionsAsked
  | MaterialToWorker
  | TicketSecretsToWorker;

/** What a worker tells the primary. */
export type FromWorker =
  | ApplyAnswer
  | SessionsFromWorker
  | MaterialWanted
  | MetricsAnswer
  | RevocationDone
  | RelyingCount
  | WorkerReport;

/** What it answers to `metrics-wanted`. */
export interface MetricsAnswer {
  readonly kind: 'metrics';
  readonly question: number;
  readonly metrics: ProcessMetrics;
}

/** What it answers to `revoked`. */
export interface RevocationDone {
  readonly kind: 'revocation-done';
  readonly question: number;
  /** Connections that it closed. */
  readonly closed: number;
}

/** What it answers to `count-relying`. */
export interface RelyingCount {
  readonly kind: 'relying';
  readonly question: number;
  /** Connections. */
  readonly count: number;
}

/** What it answers to `apply`. */
export type ApplyAnswer =
  | { readonly kind: 'applied'; readonly version: number; readonly closed: number }
  | {
      readonly kind: 'failed';
      readonly version: number;
      readonly code: string;
      readonly message: string;
    };
