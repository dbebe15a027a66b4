import type { HttpLimits } from '../frontends/http/options.ts';
import type { ListenerLimits } from '../gateway/options.ts';
import type { LimitsConfig } from './schema.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** A listener's limits, each that is not configured at its default: safe on the open internet. */
export function resolveLimits(config: LimitsConfig = {}): ListenerLimits {
  return {
    connections: config.connections ?? 50_000,
    connectionsAsked: config.connections !== undefined,
    connectionsPerAddress: config.connections_per_address ?? null,
  };
}

/** The same for what HTTP takes. */
export function resolveHttpLimits(config: LimitsConfig = {}): HttpLimits {
  return {
    maxHeadBytes: config.head_size ?? 32_768,
    maxFields: config.fields ?? 100,
    headTimeoutMs: config.head_timeout ?? 15 * SECOND_MS,
    idleTimeoutMs: config.idle ?? 75 * SECOND_MS,
    stallTimeoutMs: config.stall_timeout ?? 60 * SECOND_MS,
    lifetimeMs: config.lifetime ?? DAY_MS,
    maxStreams: config.streams ?? 128,
    maxRequests: config.requests ?? 100_000,
    responseTimeoutMs: config.response_timeout ?? 60 * SECOND_MS,
  };
}

/** The same for TLS: handshakes in flight at a time, for each process. */
export function resolveHandshakes(config: LimitsConfig = {}): number {
  return config.handshakes ?? 2048;
}
