import type {
  PlainStreamOptions,
  StreamLimits,
  StreamOptions,
} from '../frontends/stream/options.ts';
import type { NamedCertificate, ResolvedCertificate } from './certificates.ts';
import { refuseForeignKeys } from './foreign-keys.ts';
import { resolvePassthrough, type StreamContext } from './passthrough.ts';
import type { ConfigPath } from './problem.ts';
import type { ListenerConfig } from './schema.ts';

/**
 * What a `tls` listener does; null where it can't be used, which is reported. `certificates` are all that
 * it serves with.
 */
export function resolveStream(
  config: ListenerConfig,
  at: ConfigPath,
  certificates: readonly ResolvedCertificate[],
  context: StreamContext,
): StreamOptions | null {
  const named = certificates.filter((one): one is NamedCertificate => 'config' in one);
  refuseForeignKeys('tls', config, at, named, context.report);
  const passthrough = resolvePassthrough(config.passthrough ?? [], at, certificates, context);
  const more = { passthrough, ...settings(config) };
  const passesAll = passthrough.size > 0 && certificates.length === 0;
  if (passesAll && config.upstream === undefined) return { upstream: null, ...more };
  const upstream = findUpstream(config, 'tls', at, context);
  return upstream === null ? null : { upstream, ...more };
}

/** The same of a `tcp` listener. */
export function resolvePlainStream(
  config: ListenerConfig,
  at: ConfigPath,
  context: StreamContext,
): PlainStreamOptions | null {
  refuseForeignKeys('tcp', config, at, [], context.report);
  const upstream = findUpstream(config, 'tcp', at, context);
  return upstream === null ? null : { upstream, ...settings(config) };
}

function findUpstream(
  { upstream }: ListenerConfig,
  protocol: 'tls' | 'tcp',
  at: ConfigPath,
  { report, upstreams }: StreamContext,
): PlainStreamOptions['upstream'] | null {
  if (upstream !== undefined) return upstreams.findStream(upstream, [...at, 'upstream']);
  report.error(at, `upstream is missing: a ${protocol} listener stands in front of a TCP service`);
  return null;
}

function settings({
  proxy_protocol: proxyProtocol = false,
  limits,
}: ListenerConfig): StreamLimits & Pick<StreamOptions, 'proxyProtocol'> {
  return {
    proxyProtocol,
    idleMs: limits?.idle ?? null,
    lifetimeMs: limits?.lifetime ?? null,
  };
}
