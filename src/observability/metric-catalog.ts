import type { MetricFamily, Sample } from './metric-families.ts';

/** Everything that is measured. docs/metrics.md says of each what it means. */
export const METRICS = {
  handshakes: {
    name: 'countersign_handshakes_total',
    help: 'TLS handshakes that were decided, by outcome and, of a refusal, its cause.',
    type: 'counter',
  },
  handshakeSeconds: {
    name: 'countersign_handshake_seconds',
    help: 'Time from an accepted connection to the end of its handshake.',
    type: 'histogram',
  },
  connections: {
    name: 'countersign_connections',
    help: 'Connections from clients that are open now.',
    type: 'gauge',
  },
  connectionsRefused: {
    name: 'countersign_connections_refused_total',
    help: 'Connections that were closed before their handshake because a limit was reached.',
    type: 'counter',
  },
  receivedBytes: {
    name: 'countersign_received_bytes_total',
    help: 'Bytes received from clients, TLS included.',
    type: 'counter',
  },
  sentBytes: {
    name: 'countersign_sent_bytes_total',
    help: 'Bytes sent to clients, TLS included.',
    type: 'counter',
  },
  requests: {
    name: 'countersign_requests_total',
    help: 'HTTP requests by the class of the status that they were answered with.',
    type: 'counter',
  },
  upstreamSeconds: {
    name: 'countersign_upstream_seconds',
    help: "Time from a request on a connection to an upstream to its answer's head.",
    type: 'histogram',
  },
  upstreamFailures: {
    name: 'countersign_upstream_failures_total',
    help: 'Requests and connections that an upstream failed, by cause.',
    type: 'counter',
  },
  upstreamUp: {
    name: 'countersign_upstream_up',
    help: 'Whether the last connection to an upstream could be opened, by every process.',
    type: 'gauge',
    merge: 'min',
  },
  certificateExpiry: {
    name: 'countersign_certificate_expiry_days',
    help: 'Days until a configured certificate expires; negative after that.',
    type: 'gauge',
    merge: 'min',
  },
  crlAge: {
    name: 'countersign_crl_age_seconds',
    help: 'Age of the oldest revocation list that clients of a certificate are checked against.',
    type: 'gauge',
    merge: 'max',
  },
  clientsExpiring: {
    name: 'countersign_client_certificates',
    help: 'Valid client certificates that were admitted, by the days in which they expire.',
    type: 'gauge',
  },
  nextClientExpiry: {
    name: 'countersign_client_certificate_expiry_days',
    help: 'Days until the first of the client certificates that were admitted expires.',
    type: 'gauge',
    merge: 'min',
  },
  reloads: {
    name: 'countersign_reloads_total',
    help: 'Times that the configuration was read again, by outcome.',
    type: 'counter',
  },
  workersRestarted: {
    name: 'countersign_workers_restarted_total',
    help: 'Worker processes that died and were replaced.',
    type: 'counter',
  },
  workersReady: {
    name: 'countersign_workers_ready',
    help: 'Processes that accept connections under the configuration of now.',
    type: 'gauge',
  },
  residentMemory: {
    name: 'countersign_resident_memory_bytes',
    help: 'Resident memory of each process.',
    type: 'gauge',
  },
  linesDropped: {
    name: 'countersign_log_lines_dropped_total',
    help: 'Lines that could not be written, to the access log or to standard error.',
    type: 'counter',
  },
  startTime: {
    name: 'countersign_start_time_seconds',
    help: 'When the gateway was started, in seconds since the epoch.',
    type: 'gauge',
  },
} as const satisfies Readonly<Record<string, Omit<MetricFamily, 'samples' | 'merge'> & Merging>>;

interface Merging {
  /** Default: sum. */
  readonly merge?: MetricFamily['merge'];
}

/** One metric of the catalog with its values. */
export function family(metric: keyof typeof METRICS, samples: readonly Sample[]): MetricFamily {
  return { merge: 'sum', ...METRICS[metric], samples };
}

/** A value of a metric that is no histogram. `labels` is label text, as `label` makes it; empty: none. */
export function sample(labels: string, value: number): Sample {
  return { suffix: '', labels, value };
}
