import type { SiteOptions } from '../frontends/http/options.ts';
import type { ListenAddress, ListenerOptions } from '../gateway/options.ts';
import type { TlsListenerOptions } from '../tls/options.ts';
import type { NamedCertificate } from './certificates.ts';
import { refuseForeignKeys } from './foreign-keys.ts';
import { resolveHttpLimits } from './limits.ts';
import { isLoopback } from './listen-address.ts';
import type { ConfigPath } from './problem.ts';
import {
  refuseDeliveryBesideRoutes,
  resolveDelivery,
  resolveRoutes,
  type RouteContext,
} from './routes.ts';
import type { ListenerConfig } from './schema.ts';
import { resolvePlainStream } from './stream-listener.ts';

type Common = Pick<ListenerOptions, 'name' | 'address' | 'limits' | 'identity'>;

/**
 * Resolves a listener without TLS, `http` or `tcp`; null where it can't be used. Whoever reaches it acts
 * with the certificates of its upstreams, so it is for this machine alone unless it says otherwise.
 */
export function resolvePlainListener(
  config: ListenerConfig,
  protocol: 'http' | 'tcp',
  path: ConfigPath,
  certificates: readonly NamedCertificate[],
  common: Common,
  context: RouteContext,
): ListenerOptions | null {
  const { report } = context;
  if (config.tls !== undefined) {
    report.error([...path, 'tls'], `has no meaning with protocol: ${protocol}, which is plain`);
  }
  for (const certificate of certificates) {
    report.error([...certificate.path, 'listener'], `speaks ${protocol}, without certificates`);
  }
  refuseExposure(config, common.address, path, context);
  const options = { ...common, users: [], tls: noTls(common.name) };
  if (protocol === 'tcp') {
    const stream = resolvePlainStream(config, path, context);
    return stream === null ? null : { ...options, protocol, stream };
  }
  refuseForeignKeys(protocol, config, path, [], report);
  const site = resolveSite(config, path, context);
  const http = resolveHttpLimits(config.limits);
  return { ...options, protocol, http, site, sites: new Map() };
}

function refuseExposure(
  { listen, exposed }: ListenerConfig,
  address: ListenAddress,
  path: ConfigPath,
  { report }: RouteContext,
): void {
  const isLocal = address.kind === 'unix' || isLoopback(address.host);
  if (!isLocal && exposed !== true) {
    report.error(
      [...path, 'listen'],
      `${listen} can be reached by other machines, and whoever reaches a plain listener acts with the certificates of its upstreams; listen on 127.0.0.1 or unix:/PATH, or say exposed: true`,
    );
  }
}

function resolveSite(config: ListenerConfig, path: ConfigPath, context: RouteContext): SiteOptions {
  const settings = { skipPaths: [], refusal: 'close' } as const;
  const { routes } = config;
  if (routes === undefined) {
    refuseForward([config], [path], context);
    return { routes: resolveDelivery(config, path, context), ...settings };
  }
  refuseDeliveryBesideRoutes(config, path, context);
  const paths = routes.map((_, index) => [...path, 'routes', index]);
  refuseForward(routes, paths, context);
  for (const [index, route] of routes.entries()) {
    for (const key of ['allow', 'verify'] as const) {
      if (route[key] === undefined || route[key] === false) continue;
      context.report.error(
        [...path, 'routes', index, key],
        'nobody could use the route: a plain listener asks no client for a certificate',
      );
    }
  }
  return { routes: resolveRoutes(routes, [...path, 'routes'], context), ...settings };
}

function refuseForward(
  deliveries: readonly Pick<ListenerConfig, 'forward'>[],
  paths: readonly ConfigPath[],
  { report }: RouteContext,
): void {
  for (const [index, { forward }] of deliveries.entries()) {
    const at = paths[index] ?? [];
    if (forward !== undefined) report.error([...at, 'forward'], NO_CERTIFICATE);
  }
}

const NO_CERTIFICATE = 'clients of a plain listener have no certificate that could be forwarded';

/** Every listener has options of TLS; nothing of these is used. */
function noTls(name: string): TlsListenerOptions {
  return {
    name,
    fallback: null,
    certificates: [],
    alpn: [],
    timeoutMs: 0,
    maxInFlight: 0,
    answersPlainHttp: false,
  };
}
