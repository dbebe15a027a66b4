/** The secrets of one connection. They open what was said on it and nothing else; nothing prints them. */
export interface ConnectionSecrets {
  /** TLS 1.3, by the label of its key-log line; absent: the connection didn't come so far. */
  readonly traffic: ReadonlyMap<TrafficLabel, Buffer>;
  /** TLS 1.2. */
  readonly master: Buffer | null;
}

export type TrafficLabel = (typeof LABELS)[number];

const LABELS = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
] as const;

/** Nothing is known: what is encrypted stays so. */
export const NO_SECRETS: ConnectionSecrets = { traffic: new Map(), master: null };

/** Reads the lines of one connection's `keylog` events (RFC 9850). Lines that aren't known are passed over. */
export function readKeyLog(lines: readonly Buffer[]): ConnectionSecrets {
  const traffic = new Map<TrafficLabel, Buffer>();
  let master: Buffer | null = null;
  for (const line of lines) {
    const [label, , hex] = line.toString('latin1').trim().split(' ');
    if (label === undefined || hex === undefined) continue;
    const secret = Buffer.from(hex, 'hex');
    const known = LABELS.find((candidate) => candidate === label);
    if (known !== undefined) traffic.set(known, secret);
    else if (label === 'CLIENT_RANDOM') master = secret;
  }
  return { traffic, master };
}
