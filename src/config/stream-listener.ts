import type { StreamOptions } from '../frontends/stream/options.ts';
import type { NamedCertificate } from './certificates.ts';
import { refuseForeignKeys } from './foreign-keys.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { ListenerConfig } from './schema.ts';
import type { Upstreams } from './upstreams.ts';

interface StreamContext {
  readonly report: Report;
  readonly upstreams: Upstreams;
}

/** What a `tls` or `tcp` listener does; null where it can't be used, which is reported. */
export function resolveStream(
  config: ListenerConfig,
  protocol: 'tls' | 'tcp',
  at: ConfigPath,
  certificates: readonly NamedCertificate[],
  { report, upstreams }: StreamContext,
): StreamOptions | null {
  refuseForeignKeys(protocol, config, at, certificates, report);
  if (config.upstream === undefined) {
    report.error(
      at,
      `upstream is missing: a ${protocol} listener stands in front of a TCP service`,
    );
    return null;
  }
  const destination = upstreams.findStream(config.upstream, [...at, 'upstream']);
  if (destination === null) return null;
  return {
    upstream: destination,
    proxyProtocol: config.proxy_protocol ?? false,
    idleMs: config.limits?.idle ?? null,
    lifetimeMs: config.limits?.lifetime ?? null,
  };
}
