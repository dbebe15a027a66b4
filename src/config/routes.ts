import type { PathPattern, RouteOptions, TargetOptions } from '../frontends/http/options.ts';
import { resolveAddedFields } from './added-fields.ts';
import { nearest } from './nearest.ts';
import { parseHostPattern, parsePathPattern } from './patterns.ts';
import type { ConfigPath } from './problem.ts';
import type { ResolveContext } from './resolve-context.ts';
import type { DeliveryConfig, RouteConfig } from './schema.ts';
import type { Destination, Upstreams } from './upstreams.ts';

/** What routes are resolved with. */
export interface RouteContext extends Pick<ResolveContext, 'report'> {
  readonly upstreams: Upstreams;
  readonly users: ReadonlySet<string>;
}

/** Resolves a list of routes; those that can't be used are left out and reported. */
export function resolveRoutes(
  routes: readonly RouteConfig[],
  at: ConfigPath,
  context: RouteContext,
): RouteOptions[] {
  const resolved: RouteOptions[] = [];
  for (const [index, route] of routes.entries()) {
    const path = [...at, index];
    const matched = resolveMatch(route, [...path, 'match'], context);
    const allow = resolveAllow(route.allow, [...path, 'allow'], context);
    const target = resolveTarget(route, path, context);
    if (matched === null || target === null) continue;
    const verify = route.verify === true ? { verify: true } : {};
    resolved.push({ ...matched, allow, ...verify, target });
  }
  return resolved;
}

/** What stands in a route, or in a listener without routes. */
export const DELIVERY_KEYS = [
  'upstream',
  'try_files',
  'index',
  'forward',
  'upstream_host',
  'headers',
] as const;

export function refuseDeliveryBesideRoutes(
  config: DeliveryConfig,
  at: ConfigPath,
  { report }: RouteContext,
): void {
  for (const key of DELIVERY_KEYS) {
    if (config[key] !== undefined) {
      report.error([...at, key], 'stands beside routes; put it into a route');
    }
  }
}

/** The one route of a listener whose `upstream` takes all traffic; empty where it can't be used. */
export function resolveDelivery(
  delivery: DeliveryConfig,
  at: ConfigPath,
  context: RouteContext,
): RouteOptions[] {
  if (delivery.upstream === undefined) {
    context.report.error(at, 'upstream or routes is missing');
    return [];
  }
  const target = resolveTarget(delivery, at, context);
  return target === null ? [] : [{ host: null, path: null, methods: null, allow: null, target }];
}

function resolveMatch(
  { match }: RouteConfig,
  at: ConfigPath,
  { report }: RouteContext,
): Pick<RouteOptions, 'host' | 'path' | 'methods'> | null {
  let host: string | null = null;
  let path: PathPattern | null = null;
  let valid = true;
  const wrong = (key: PropertyKey[], message: string): void => {
    report.error([...at, ...key], message);
    valid = false;
  };
  if (match?.host !== undefined) {
    const result = parseHostPattern(match.host);
    if (result.kind === 'pattern') host = result.pattern;
    else wrong(['host'], result.message);
  }
  if (match?.path !== undefined) {
    const result = parsePathPattern(match.path);
    if (result.kind === 'pattern') path = result.pattern;
    else wrong(['path'], result.message);
  }
  for (const [index, method] of (match?.methods ?? []).entries()) {
    // Methods are case-sensitive; every one in use is upper case.
    if (!/^[A-Z][A-Z_-]{0,31}$/.test(method)) {
      wrong(['methods', index], 'a method is an upper-case word such as GET');
    }
  }
  const methods = match?.methods === undefined ? null : new Set(match.methods);
  return valid ? { host, path, methods } : null;
}

function resolveAllow(
  allow: readonly string[] | undefined,
  at: ConfigPath,
  { report, users }: RouteContext,
): ReadonlySet<string> | null {
  if (allow === undefined) return null;
  for (const [index, user] of allow.entries()) {
    if (users.has(user)) continue;
    const near = nearest(user, users);
    const hint =
      users.size === 0
        ? 'there is none'
        : near === null
          ? `they are ${[...users].slice(0, 10).join(', ')}${users.size > 10 ? ', ...' : ''}`
          : `did you mean ${JSON.stringify(near)}?`;
    report.error(
      [...at, index],
      `${JSON.stringify(user)} is no user of authorization.users; ${hint}`,
    );
  }
  return new Set(allow);
}

function resolveTarget(
  config: DeliveryConfig & Pick<RouteConfig, 'respond'>,
  at: ConfigPath,
  context: RouteContext,
): TargetOptions | null {
  const { report } = context;
  const { upstream, respond } = config;
  if (upstream !== undefined && respond !== undefined) {
    report.error([...at, 'respond'], 'stands beside upstream; give one of the two');
    return null;
  }
  if (upstream === undefined && respond === undefined) {
    report.error(at, 'upstream or respond is missing');
    return null;
  }
  const destination = upstream === undefined ? null : findOrigin(upstream, at, context);
  if (upstream !== undefined && destination === null) return null;
  refuseUnusedKeys(config, destination, at, context);
  if (respond !== undefined) return resolveResponse(respond, [...at, 'respond'], context);
  return destination === null ? null : resolveDestination(config, destination, at, context);
}

type Origin = Exclude<Destination, { kind: 'nats' | 'mqtt' | 'stream' }>;

function findOrigin(upstream: string, at: ConfigPath, context: RouteContext): Origin | null {
  const destination = context.upstreams.find(upstream, [...at, 'upstream']);
  switch (destination?.kind) {
    case 'nats':
    case 'mqtt':
    case 'stream':
      context.report.error(
        [...at, 'upstream'],
        'an http or https listener has no use for nats:, mqtt:, tcp: and tls:, only for http:, https:, h2:, h2c:, unix:, file: or echo:',
      );
      return null;
    default:
      return destination ?? null;
  }
}

function resolveDestination(
  config: DeliveryConfig,
  destination: Origin,
  at: ConfigPath,
  context: RouteContext,
): TargetOptions {
  switch (destination.kind) {
    case 'echo':
      return { kind: 'echo' };
    case 'files':
      return {
        kind: 'files',
        root: destination.root,
        tryFiles: resolveTryFiles(config.try_files, [...at, 'try_files'], context),
        index: resolveIndex(config.index, [...at, 'index'], context),
      };
    case 'proxy': {
      const forward = new Set(config.forward);
      const headers = {
        clientCert: forward.has('client_cert'),
        clientCertChain: forward.has('client_cert_chain'),
        xfcc: forward.has('xfcc'),
      };
      const host = resolveHost(config.upstream_host, [...at, 'upstream_host'], context);
      if (config.headers === undefined) return { ...destination, headers, ...host };
      const added = resolveAddedFields(config.headers, [...at, 'headers'], context);
      return { ...destination, headers, ...host, added };
    }
  }
}

function resolveHost(
  text: string | undefined,
  at: ConfigPath,
  { report }: RouteContext,
): { readonly host?: string } {
  if (text === undefined) return {};
  const result = parseHostPattern(text.replace(/:\d{1,5}$/, ''));
  if (result.kind === 'pattern' && !text.includes('*')) return { host: text };
  report.error(at, 'must be HOST or HOST:PORT');
  return {};
}

function resolveResponse(
  {
    status = 200,
    body = '',
    content_type: contentType = 'text/plain',
  }: NonNullable<RouteConfig['respond']>,
  at: ConfigPath,
  { report }: RouteContext,
): TargetOptions {
  if (body !== '' && [204, 205, 304].includes(status)) {
    report.error([...at, 'body'], `an answer with status ${status} has no body`);
  }
  if (!/^[\x20-\x7e]*$/.test(contentType)) {
    report.error([...at, 'content_type'], 'a field value has ASCII characters only');
  }
  return { kind: 'respond', status, body, contentType };
}

function resolveTryFiles(
  entries: readonly string[] = ['$uri', '$uri/', '=404'],
  at: ConfigPath,
  { report }: RouteContext,
): readonly string[] {
  for (const [index, entry] of entries.entries()) {
    const last = index === entries.length - 1;
    if (/^=[2-5]\d\d$/.test(entry)) {
      if (!last) report.error([...at, index], '=STATUS stands only at the end');
    } else if (wrongFile(entry.replace(/\?.*$/, '').replace('$uri', '/uri'))) {
      report.error([...at, index], 'must be $uri, $uri/, a path such as /index.html, or =STATUS');
    }
  }
  return entries;
}

function resolveIndex(
  names: readonly string[] = ['index.html'],
  at: ConfigPath,
  { report }: RouteContext,
): readonly string[] {
  for (const [index, name] of names.entries()) {
    if (name.includes('/') || wrongFile(`/${name}`)) {
      report.error([...at, index], 'must be the name of a file');
    }
  }
  return names;
}

function wrongFile(path: string): boolean {
  return /[\\$*]/.test(path) || parsePathPattern(path).kind === 'invalid';
}

function refuseUnusedKeys(
  config: DeliveryConfig,
  destination: Origin | null,
  at: ConfigPath,
  { report }: RouteContext,
): void {
  for (const key of ['try_files', 'index'] as const) {
    if (config[key] !== undefined && destination?.kind !== 'files') {
      report.error([...at, key], 'needs a file: upstream');
    }
  }
  for (const key of ['forward', 'headers', 'upstream_host'] as const) {
    if (config[key] !== undefined && destination?.kind !== 'proxy') {
      report.error([...at, key], 'needs an upstream that requests are sent to');
    }
  }
}
