import { upstreamsOf } from '../config/listener-upstreams.ts';
import type { RouteOptions, SiteOptions, TargetOptions } from '../frontends/http/options.ts';
import type { GatewayOptions, ListenerOptions } from '../gateway/options.ts';
import type { UpstreamAddress, UpstreamOptions } from '../upstreams/options.ts';
import type { ListenerView, RouteView, UpstreamView, UserView } from './api/resource-schemas.ts';
import type { UpstreamHealth } from './running-gateway.ts';

/** `addressOf`: what a listener listens on; `idOf`: the id of a listener's default certificate. */
export function listenerViews(
  { listeners }: GatewayOptions,
  addressOf: (name: string) => string,
  idOf: (listener: ListenerOptions) => string | null,
): ListenerView[] {
  return listeners.map((listener) => {
    const { name, protocol, tls } = listener;
    const all = tls.fallback === null ? tls.certificates : [tls.fallback, ...tls.certificates];
    return {
      name,
      address: addressOf(name),
      protocol,
      verify: [...new Set(all.map(({ mode }) => mode))],
      default_certificate: idOf(listener),
      certificates: tls.certificates.length,
      upstreams: [...new Set(allUpstreamsOf(listener).map((upstream) => upstream.name))],
    };
  });
}

/** The routes of every https or http listener, in the order in which they are tried. */
export function routeViews({ listeners }: GatewayOptions): RouteView[] {
  return listeners.flatMap((listener) => {
    if (listener.protocol !== 'https' && listener.protocol !== 'http') return [];
    const sites: (readonly [string | null, SiteOptions])[] = [[null, listener.site]];
    for (const [name, site] of listener.sites) {
      if (site.routes !== listener.site.routes) sites.push([name, site]);
    }
    return sites.flatMap(([certificate, site]) =>
      site.routes.map((route, index) => {
        return {
          listener: listener.name,
          certificate,
          order: index + 1,
          ...routeView(route, site),
        };
      }),
    );
  });
}

/** Every upstream that is used, with how it does. */
export function upstreamViews(
  { listeners }: GatewayOptions,
  health: readonly UpstreamHealth[],
): UpstreamView[] {
  const views = new Map<string, UpstreamView>();
  for (const listener of listeners) {
    for (const { name, address, tls } of allUpstreamsOf(listener)) {
      const known = views.get(name);
      if (known !== undefined) {
        if (!known.used_by.includes(listener.name)) known.used_by.push(listener.name);
        continue;
      }
      const {
        state = 'unknown',
        failures = 0,
        detail = null,
      } = health.find((one) => one.name === name) ?? {};
      views.set(name, {
        name,
        address: printAddress(address),
        tls: tls === null ? 'none' : tls.certPem === null ? 'tls' : 'mutual',
        state,
        failures,
        detail,
        used_by: [listener.name],
      });
    }
  }
  return [...views.values()];
}

export function userViews(options: GatewayOptions): UserView[] {
  const routes = routeViews(options);
  return options.users.map((user) => {
    return {
      user,
      listeners: options.listeners
        .filter(({ users }) => users.includes(user))
        .map(({ name }) => name),
      routes: routes.filter(({ allow }) => allow?.includes(user) === true).length,
    };
  });
}

function routeView(
  route: RouteOptions,
  { skipPaths }: SiteOptions,
): Omit<RouteView, 'listener' | 'certificate' | 'order'> {
  const { host, path, methods, allow, verify = false, target } = route;
  return {
    host,
    path: path === null ? null : printPattern(path),
    methods: methods === null ? null : [...methods],
    allow: allow === null ? null : [...allow],
    verify,
    skip_paths: skipPaths.map(printPattern),
    target: printTarget(target),
  };
}

function printPattern({ kind, path }: { readonly kind: string; readonly path: string }): string {
  return kind === 'prefix' ? `${path}*` : path;
}

function printTarget(target: TargetOptions): string {
  switch (target.kind) {
    case 'proxy':
      return target.upstream.name;
    case 'echo':
      return 'echo:';
    case 'respond':
      return `respond ${target.status}`;
    case 'files':
      return `file://${target.root}`;
  }
}

function allUpstreamsOf(listener: ListenerOptions): readonly UpstreamOptions[] {
  const passed = listener.protocol === 'tls' ? listener.stream.passthrough.values() : [];
  return [...upstreamsOf(listener), ...new Set(passed)];
}

function printAddress(address: UpstreamAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
