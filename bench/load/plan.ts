// What the load processes are asked to do, and what they tell.

/**
 * `full`: every operation is a connection with a full handshake and one request. `resumed`: the same,
 * with the session of the connection before. `keep-alive`: requests on connections that stay open.
 * `publish`: NATS messages to subjects below `path`, on connections that stay open. `deliver`: the same,
 * where each connection subscribes to what it publishes; an operation is a message there and back.
 */
export type LoadMode = 'full' | 'resumed' | 'keep-alive' | 'publish' | 'deliver';

export interface LoadPlan {
  readonly mode: LoadMode;
  readonly port: number;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly path: string;
  /** Every answer must be status 200 with exactly this body; of `publish` and `deliver`: the message. */
  readonly body: string;
  /** Operations in flight; of `publish` and `deliver`: connections. */
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
  /** Of each operation, milliseconds; of `publish` and `deliver` that of a batch. */
  readonly latenciesMs: readonly number[];
}
