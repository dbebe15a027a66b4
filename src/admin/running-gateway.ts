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
