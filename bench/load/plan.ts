// What the load processes are asked to do, and what they tell.

/**
 * `full`: every operation is a connection with a full handshake and one request. `resumed`: the same,
 * with the session of the connection before. `keep-alive`: requests on connections that stay open.
 * `publish`: NATS messages to the subject `path`, on connections that stay open.
 */
export type LoadMode = 'full' | 'resumed' | 'keep-alive' | 'publish';

export interface LoadPlan {
  readonly mode: LoadMode;
  readonly port: number;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly path: string;
  /** Every answer must be status 200 with exactly this body; of `publish`: the message. */
  readonly body: string;
  /** Operations in flight; of `publish`: connections. */
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly operations: number;
  readonly errors: number;
  /** What the first error was; null: there was none. */
  readonly firstError: string | null;
  readonly resumed: number;
  readonly elapsedMs: number;
  /** Of each operation, milliseconds; of `publish` that of a batch. */
  readonly latenciesMs: readonly number[];
}
