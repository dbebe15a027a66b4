import type { NatsOptions, NatsUserOptions } from '../frontends/nats/options.ts';
import type { NamedCertificate } from './certificates.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { LimitsConfig, ListenerConfig } from './schema.ts';
import type { Upstreams } from './upstreams.ts';

const CONTROL_LINE = 4096;
const CONNECT_TIMEOUT_MS = 3000;
const LAME_DUCK_MS = 5000;

interface NatsContext {
  readonly report: Report;
  readonly upstreams: Upstreams;
  readonly natsUsers: ReadonlyMap<string, NatsUserOptions>;
}

/** What a `nats` listener does; null where it can't be used, which is reported. */
export function resolveNats(
  config: ListenerConfig,
  at: ConfigPath,
  certificates: readonly NamedCertificate[],
  context: NatsContext,
): NatsOptions | null {
  const { report, upstreams, natsUsers: users } = context;
  refuseHttpKeys(config, at, certificates, report);
  const { upstream } = config;
  if (upstream === undefined) {
    report.error(at, 'upstream is missing: a nats listener stands in front of a nats-server');
    return null;
  }
  const destination = upstreams.find(upstream, [...at, 'upstream']);
  if (destination === null) return null;
  if (destination.kind !== 'nats') {
    report.error([...at, 'upstream'], 'must be nats: or tls: for a nats listener');
    return null;
  }
  return {
    upstream: destination.upstream,
    upstreamTls: destination.upstreamTls,
    handshakeFirst: config.tls?.handshake_first ?? false,
    users,
    limits: {
      maxControlLine: config.limits?.control_line ?? CONTROL_LINE,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      lameDuckMs: LAME_DUCK_MS,
    },
  };
}

function refuseHttpKeys(
  config: ListenerConfig,
  at: ConfigPath,
  certificates: readonly NamedCertificate[],
  report: Report,
): void {
  for (const key of ['routes', 'try_files', 'index', 'forward', 'headers'] as const) {
    if (config[key] !== undefined) report.error([...at, key], NOT_FOR_NATS);
  }
  for (const key of ['skip_paths', 'refusal'] as const) {
    if (config.tls?.[key] !== undefined) report.error([...at, 'tls', key], NOT_FOR_NATS);
  }
  for (const key of HTTP_LIMITS) {
    if (config.limits?.[key] !== undefined) report.error([...at, 'limits', key], NOT_FOR_NATS);
  }
  for (const { config: certificate, path } of certificates) {
    if (certificate.listener === undefined) continue;
    for (const key of ['routes', 'skip_paths', 'refusal'] as const) {
      if (certificate[key] !== undefined) report.error([...path, key], NOT_FOR_NATS);
    }
  }
}

const NOT_FOR_NATS = 'is for https listeners, and has no meaning with protocol: nats';

const HTTP_LIMITS = [
  'requests',
  'idle',
  'lifetime',
  'head_timeout',
  'stall_timeout',
  'response_timeout',
  'head_size',
  'fields',
] as const satisfies readonly (keyof LimitsConfig)[];
