import type { NatsOptions, NatsUserOptions } from '../frontends/nats/options.ts';
import type { NamedCertificate } from './certificates.ts';
import { refuseForeignKeys } from './foreign-keys.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { ListenerConfig } from './schema.ts';
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
  refuseForeignKeys('nats', config, at, certificates, report);
  const { upstream } = config;
  if (upstream === undefined) {
    report.error(at, 'upstream is missing: a nats listener stands in front of a nats-server');
    return null;
  }
  const destination = upstreams.find(upstream, [...at, 'upstream']);
  if (destination === null) return null;
  const isTls = destination.kind === 'stream' && destination.upstream.tls !== null;
  if (destination.kind !== 'nats' && !isTls) {
    report.error([...at, 'upstream'], 'must be nats: or tls: for a nats listener');
    return null;
  }
  return {
    upstream: destination.upstream,
    upstreamTls: destination.kind === 'nats' ? destination.upstreamTls : 'required',
    handshakeFirst: config.tls?.handshake_first ?? false,
    users,
    limits: {
      maxControlLine: config.limits?.control_line ?? CONTROL_LINE,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      lameDuckMs: LAME_DUCK_MS,
    },
  };
}
