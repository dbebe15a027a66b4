// What the load processes are asked to do, and what they tell.

/**
 * `full`: every operation is a connection with a full handshake and one request. `resumed`: the same,
 * with the session of the connection before. `refused`: connections that must not be answered.
 * `keep-alive`: requests on connections that stay open. `bursts`: the same, on those of the plan before.
 * `http2`: the same on HTTP/2, `streams` at a time
 * on each connection. `message`: bytes instead of requests. `hold`: opens connections up to `concurrency`,
 * each answered once, and holds them until a plan of another mode comes.
 * `publish`: NATS messages to subjects below `path`, on connections that stay open. `deliver`: the same,
 * where each connection subscribes to what it publishes; an operation is a message there and back.
 * `mqtt-publish`: MQTT messages of QoS 0 to topics below `path`.
 */
export type LoadMode =
  | 'full'
  | 'resumed'
  | 'refused'
  | 'keep-alive'
  | 'bursts'
  | 'http2'
  | 'message'
  | 'hold'
  | 'publish'
  | 'deliver'
  | 'mqtt-publish';

export interface LoadPlan {
  readonly mode: LoadMode;
  readonly port: number;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly path: string;
  /** Every answer must be status 200 with exactly this body; of those that publish: the message. */
  readonly body: string;
  /** Bytes of the answer's body, which is `body` over and over; once unless given. */
  readonly bodyBytes?: number;
  /** Bytes that each request brings along; a GET without. */
  readonly uploadBytes?: number;
  /** Of `message`: what is sent; what comes back is the body. */
  readonly message?: string;
  /** Of `http2`: requests in flight on each connection. */
  readonly streams?: number;
  /** Whether the contender speaks no TLS. */
  readonly isPlain?: boolean;
  /** Of `keep-alive`: how long a client rests between an answer and its next request; not at all unless given. */
  readonly pauseMs?: number;
  /** Operations in flight; of `http2` and those that publish: connections. */
  readonly concurrency: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly operations: number;
  readonly errors: number;
  /** What the first error was; null: there was none. */
  readonly firstError: string | null;
  readonly resumed: number;
  /** Requests asked again, because their connection was closed before a byte of the answer. */
  readonly retried: number;
  readonly elapsedMs: number;
  /** Of each operation, milliseconds; of those that publish that of a batch. */
  readonly latenciesMs: readonly number[];
  /** When each of them ended, milliseconds from the start on. */
  readonly endedAtMs: readonly number[];
}

/** Whether a plan counts messages, which go in batches. */
export function isPublishing({ mode }: LoadPlan): boolean {
  return mode === 'publish' || mode === 'deliver' || mode === 'mqtt-publish';
}
