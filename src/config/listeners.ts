import type { RouteOptions, SiteOptions } from '../frontends/http/options.ts';
import type { MqttUserOptions } from '../frontends/mqtt/options.ts';
import type { NatsUserOptions } from '../frontends/nats/options.ts';
import type { ListenAddress, ListenerOptions } from '../gateway/options.ts';
import type { ServerTlsOptions, TlsListenerOptions } from '../tls/options.ts';
import { isAddedPath } from './added-certificates.ts';
import {
  type NamedCertificate,
  type ResolvedCertificate,
  resolveDefaultCertificate,
} from './certificates.ts';
import type { AuthenticationDefaults } from './client-authentication.ts';
import { shortfalls } from './floor.ts';
import { resolveHandshakes, resolveHttpLimits, resolveLimits } from './limits.ts';
import { addressesConflict, parseListenAddress } from './listen-address.ts';
import { refuseForeignKeys } from './foreign-keys.ts';
import { resolveMqtt } from './mqtt-listener.ts';
import { resolveNats } from './nats-listener.ts';
import { resolveStream } from './stream-listener.ts';
import { nearest } from './nearest.ts';
import { type ConfigPath, printPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import { refusePassingAround } from './passthrough.ts';
import { resolvePlainListener } from './plain-listener.ts';
import {
  DELIVERY_KEYS,
  refuseDeliveryBesideRoutes,
  resolveDelivery,
  resolveRoutes,
  type RouteContext,
} from './routes.ts';
import type { Config, ListenerConfig } from './schema.ts';

const HANDSHAKE_TIMEOUT_MS = { https: 10_000, nats: 2000, mqtt: 10_000, tls: 10_000 };

export interface ListenerContext extends RouteContext {
  readonly context: ResolveContext;
  readonly certificates: readonly NamedCertificate[];
  /** Whether a listener may begin without a certificate: one can be made through the admin API. */
  readonly mayComeLater: boolean;
  readonly defaults: AuthenticationDefaults;
  readonly natsUsers: ReadonlyMap<string, NatsUserOptions>;
  readonly mqttUsers: ReadonlyMap<string, MqttUserOptions>;
}

interface Place {
  readonly config: ListenerConfig;
  readonly path: ConfigPath;
  readonly address: ListenAddress;
}

/** Resolves every listener with the certificates it serves; what can't be used is reported. */
export function resolveListeners(config: Config, context: ListenerContext): ListenerOptions[] {
  const places = resolveAddresses(config.listeners ?? [], context);
  const served = assignCertificates(places, context);
  const siteRoutes = new Map<NamedCertificate, readonly RouteOptions[]>();
  for (const certificate of context.certificates) {
    const { routes } = certificate.config;
    if (routes === undefined) continue;
    const path = [...certificate.path, 'routes'];
    siteRoutes.set(certificate, resolveRoutes(routes, path, context));
    refuseAllowWithoutVerify(routes, path, [certificate], context);
  }
  const dn = config.identity?.dn ?? 'exact';
  const paths = new Map<ListenerOptions, ConfigPath>();
  for (const place of places) {
    const certificates = served.get(place) ?? [];
    const listener = resolveListener(place, certificates, siteRoutes, dn, context);
    if (listener !== null) paths.set(listener, place.path);
  }
  refusePassingAround(paths, context);
  return [...paths.keys()];
}

function resolveAddresses(
  listeners: readonly ListenerConfig[],
  { context, report }: ListenerContext,
): Place[] {
  const places: Place[] = [];
  for (const [index, config] of listeners.entries()) {
    const path = ['listeners', index];
    const result = parseListenAddress(config.listen, (file) => context.files.absolute(file));
    if (result.kind === 'invalid') {
      report.error([...path, 'listen'], result.message);
      continue;
    }
    const { address } = result;
    const other = places.find((place) => addressesConflict(place.address, address));
    if (other !== undefined) {
      report.error(
        [...path, 'listen'],
        `the address is taken by ${printPath(other.path)} (${other.config.listen})`,
      );
    }
    places.push({ config, path, address });
  }
  return places;
}

/** Which certificates each listener serves, in the order of the document. */
function assignCertificates(
  places: readonly Place[],
  { certificates, context }: ListenerContext,
): Map<Place, NamedCertificate[]> {
  const everywhere = certificates.filter(({ config }) => config.listener === undefined);
  const served = new Map(
    places.map((place) => {
      const { protocol = 'https' } = place.config;
      if (isPlain(protocol)) return [place, []];
      const isMeant = ({ path }: NamedCertificate) => protocol === 'https' || !isAddedPath(path);
      return [place, everywhere.filter(isMeant)];
    }),
  );
  for (const certificate of certificates) {
    const { listener } = certificate.config;
    if (listener === undefined) continue;
    const place = findPlace(places, listener, context);
    if (place !== null) served.get(place)?.push(certificate);
    else {
      const near = nearest(
        listener,
        places.map(({ config }) => config.listen),
      );
      const hint = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
      context.report.error(
        [...certificate.path, 'listener'],
        `no listener listens on ${JSON.stringify(listener)}${hint}`,
      );
    }
  }
  return served;
}

function findPlace(
  places: readonly Place[],
  listener: string,
  { files }: ResolveContext,
): Place | null {
  const literal = places.find(({ config }) => config.listen === listener);
  if (literal !== undefined) return literal;
  const result = parseListenAddress(listener, (file) => files.absolute(file));
  if (result.kind === 'invalid') return null;
  const wanted = JSON.stringify(result.address);
  return places.find(({ address }) => JSON.stringify(address) === wanted) ?? null;
}

/** null where it can't be used, which is reported. */
function resolveListener(
  { config, path, address }: Place,
  certificates: readonly NamedCertificate[],
  siteRoutes: ReadonlyMap<NamedCertificate, readonly RouteOptions[]>,
  dn: 'exact' | 'nats',
  context: ListenerContext,
): ListenerOptions | null {
  const { context: files, defaults } = context;
  const protocol = config.protocol ?? 'https';
  const common = {
    name: config.listen,
    address,
    limits: resolveLimits(config.limits),
    identity: { dn },
  };
  if (isPlain(protocol)) {
    return resolvePlainListener(config, protocol, path, certificates, common, context);
  }
  const fallback =
    config.tls === undefined
      ? null
      : resolveDefaultCertificate(config.tls, [...path, 'tls'], certificates, defaults, files);
  const needsNone = context.mayComeLater || config.passthrough !== undefined;
  if (config.tls === undefined && certificates.length === 0 && !needsNone) {
    context.report.error(
      path,
      'has no certificate: give it tls, or name one for it in certificates',
    );
  }
  refuseSharedNames(certificates, context);
  if (fallback !== null) refuseWeakerCertificates(config, fallback, certificates, context);
  const any = { ...common, users: [...context.users] };
  const tls = {
    name: config.listen,
    fallback: fallback?.tls ?? null,
    certificates: certificates.map((certificate) => certificate.tls),
    timeoutMs: config.tls?.timeout ?? HANDSHAKE_TIMEOUT_MS[protocol],
    maxInFlight: resolveHandshakes(config.limits),
  };
  if (protocol === 'nats') {
    const nats = resolveNats(config, path, certificates, context);
    if (nats === null) return null;
    return { ...any, protocol, tls: { ...withoutExceptions(tls), ...BARE_TLS }, nats };
  }
  if (protocol === 'mqtt') {
    const mqtt = resolveMqtt(config, path, certificates, context);
    if (mqtt === null) return null;
    return { ...any, protocol, tls: { ...withoutExceptions(tls), ...BARE_TLS }, mqtt };
  }
  if (protocol === 'tls') {
    const all = fallback === null ? certificates : [fallback, ...certificates];
    const stream = resolveStream(config, path, all, context);
    if (stream === null) return null;
    const passthrough = [...stream.passthrough.keys()];
    const bare = { ...withoutExceptions(tls), ...BARE_TLS, passthrough };
    return { ...any, protocol, tls: bare, stream };
  }
  refuseForeignKeys('https', config, path, certificates, context.report);
  const site = resolveSite(config, path, fallback, certificates, context);
  return {
    ...any,
    protocol,
    tls: { ...tls, alpn: ['h2', 'http/1.1', 'http/1.0'], answersPlainHttp: true },
    http: resolveHttpLimits(config.limits),
    site,
    sites: ownSites(site, certificates, siteRoutes),
  };
}

/** Whether the clients of a protocol speak without TLS. */
function isPlain(protocol: Protocol): protocol is 'http' | 'tcp' {
  return protocol === 'http' || protocol === 'tcp';
}

type Protocol = NonNullable<ListenerConfig['protocol']>;

/** TLS and nothing said on it by us: the protocol above is another's. */
const BARE_TLS = { alpn: [], answersPlainHttp: false } as const;

/** Paths that need no certificate are an affair of https: elsewhere nobody comes in without. */
function withoutExceptions<T extends Pick<TlsListenerOptions, 'fallback' | 'certificates'>>(
  tls: T,
): T {
  const strict = (options: ServerTlsOptions) => ({ ...options, admitsUnverified: false });
  const fallback = tls.fallback === null ? null : strict(tls.fallback);
  return { ...tls, fallback, certificates: tls.certificates.map(strict) };
}

function resolveSite(
  config: ListenerConfig,
  path: ConfigPath,
  fallback: ResolvedCertificate | null,
  certificates: readonly NamedCertificate[],
  context: ListenerContext,
): SiteOptions {
  const sharing = certificates.filter(({ config: { routes } }) => routes === undefined);
  const reaching = fallback === null ? sharing : [fallback, ...sharing];
  const settings = {
    skipPaths: fallback?.authentication.skipPaths ?? [],
    refusal: fallback?.authentication.refusal ?? 'close',
  } as const;
  const hasDelivery = DELIVERY_KEYS.some((key) => config[key] !== undefined);
  if (config.routes === undefined) {
    // A listener all of whose certificates have routes of their own needs none.
    if (!hasDelivery && config.tls === undefined && sharing.length === 0)
      return { routes: [], ...settings };
    return { routes: resolveDelivery(config, path, context), ...settings };
  }
  refuseDeliveryBesideRoutes(config, path, context);
  const routesPath = [...path, 'routes'];
  refuseAllowWithoutVerify(config.routes, routesPath, reaching, context);
  return { routes: resolveRoutes(config.routes, routesPath, context), ...settings };
}

/** The sites of certificates that differ from the listener's in anything. */
function ownSites(
  site: SiteOptions,
  certificates: readonly NamedCertificate[],
  siteRoutes: ReadonlyMap<NamedCertificate, readonly RouteOptions[]>,
): Map<string, SiteOptions> {
  const sites = new Map<string, SiteOptions>();
  for (const certificate of certificates) {
    const routes = siteRoutes.get(certificate) ?? site.routes;
    const { skipPaths, refusal } = certificate.authentication;
    const same =
      routes === site.routes &&
      refusal === site.refusal &&
      JSON.stringify(skipPaths) === JSON.stringify(site.skipPaths);
    if (!same) sites.set(certificate.tls.name, { routes, skipPaths, refusal });
  }
  return sites;
}

function refuseSharedNames(
  certificates: readonly NamedCertificate[],
  { report }: ListenerContext,
): void {
  const owners = new Map<string, NamedCertificate>();
  for (const certificate of certificates) {
    for (const name of certificate.tls.snis) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, certificate);
      else {
        report.error(
          certificate.path,
          `${name} is served by ${printPath(owner.path)} already: one server name has one certificate`,
        );
      }
    }
  }
}

/** The listener's client-auth mode is a floor, unless a certificate has a door and rooms of its own. */
function refuseWeakerCertificates(
  { listen, protocol }: ListenerConfig,
  floor: ResolvedCertificate,
  certificates: readonly NamedCertificate[],
  { report }: ListenerContext,
): void {
  for (const { path, config, authentication } of certificates) {
    const isApart = config.listener !== undefined && config.routes !== undefined;
    if (isApart && (protocol ?? 'https') === 'https') continue;
    for (const { key, difference } of shortfalls(floor.authentication, authentication)) {
      report.error(
        [...path, key],
        `asks less than the tls of listener ${listen} (${difference}): a client could choose its server name to get around that; ask the same, or give the certificate its own listener and routes`,
      );
    }
  }
}

function refuseAllowWithoutVerify(
  routes: NonNullable<ListenerConfig['routes']>,
  at: ConfigPath,
  reaching: readonly ResolvedCertificate[],
  { report }: ListenerContext,
): void {
  if (
    reaching.length === 0 ||
    reaching.some(({ authentication }) => authentication.mode !== 'false')
  ) {
    return;
  }
  for (const [index, { allow, verify }] of routes.entries()) {
    if (verify === true) {
      report.error(
        [...at, index, 'verify'],
        'nobody could use the route: verify is false there, no client is asked for a certificate',
      );
    }
    if (allow !== undefined) {
      report.error(
        [...at, index, 'allow'],
        'nobody can be a user here: verify is false, no client is asked for a certificate',
      );
    }
  }
}
