import type { AddedCertificate } from '../config/added-certificates.ts';
import type { ResolveResult } from '../config/resolve.ts';
import type { GatewayOptions } from '../gateway/options.ts';

/** What the admin server can ask of the gateway that it runs beside. */
export interface RunningGateway {
  readiness(): Readiness;
  /** Everything that is measured, in Prometheus' text format 0.0.4. */
  metrics(): Promise<string>;
}

/** Whether the gateway takes connections, and where. */
export interface Readiness {
  readonly state: 'starting' | 'running' | 'draining';
  readonly listeners: readonly BoundListener[];
  readonly workers: WorkerCount;
}

export interface BoundListener {
  /** `listen` as configured. */
  readonly name: string;
  /** As bound, such as `127.0.0.1:9443`. */
  readonly address: string;
}

export interface WorkerCount {
  readonly configured: number;
  /** Those that accept connections under the options of now. */
  readonly ready: number;
}

/** What the gateway serves by, and how that is changed. */
export interface LiveSnapshot {
  /** null: it has not started yet. */
  readonly options: GatewayOptions | null;
  /**
   * Makes `added` the certificates beside the file's, on every worker by the time this resolves. `store`
   * is called once all is known to be good, before it is served. Rejects where that or a worker fails.
   */
  change(
    added: readonly AddedCertificate[],
    store: (result: Resolved) => void,
  ): Promise<ResolveResult>;
}

export type Resolved = Extract<ResolveResult, { kind: 'resolved' }>;
