import type { Origin } from './exchange.ts';
import type { PathPattern, RouteOptions, SiteOptions, TargetOptions } from './options.ts';
import { PathIndex } from './path-index.ts';
import { isPlainPath, pathReadings } from './wire/path.ts';

/** A route and what answers there. Who may use it (`options.allow`) is for the policy to decide. */
export interface Route {
  readonly options: RouteOptions;
  readonly origin: Origin;
}

/** What a request leads to: its route, no route, or routes that depend on how the path is read. */
export type RouteMatch = Route | 'none' | 'ambiguous';

/**
 * The routes and skip_paths of a site, compiled so that a request costs the same with one route or a
 * thousand. `originOf` is called once a route.
 */
export class RouteTable {
  /**
   * Whether a path has to be brought into its canonical form, and refused with 400 where it has none,
   * before this table is asked. False where nothing here depends on a path: any path may then pass
   * as it is, and `match` may be given the raw one.
   */
  readonly needsCanonicalPath: boolean;
  readonly #decidesByPath: boolean;
  readonly #everyHost: HostRoutes;
  readonly #hosts = new Map<string, HostRoutes>();
  /** By what follows the first label. */
  readonly #wildcards = new Map<string, HostRoutes>();
  readonly #skipped: PathIndex<{ path: PathPattern }> | null;

  constructor(site: SiteOptions, originOf: (target: TargetOptions) => Origin) {
    const routes = site.routes.map((options) => ({ options, origin: originOf(options.target) }));
    const byHost = Map.groupBy(routes.keys(), (index) => site.routes[index]?.host ?? null);
    const anyHost = byHost.get(null) ?? [];
    this.#everyHost = new HostRoutes(routes, anyHost);
    for (const [host, indexes] of byHost) {
      if (host?.startsWith('*.')) {
        this.#wildcards.set(host.slice(2), new HostRoutes(routes, [...indexes, ...anyHost]));
      } else if (host !== null) {
        const wildcard = byHost.get(`*${host.slice(firstDot(host))}`) ?? [];
        this.#hosts.set(host, new HostRoutes(routes, [...indexes, ...wildcard, ...anyHost]));
      }
    }
    this.#skipped =
      site.skipPaths.length === 0
        ? null
        : new PathIndex(site.skipPaths.map((pattern) => ({ path: pattern })));
    this.#decidesByPath = site.routes.some(({ path }) => path !== null);
    this.needsCanonicalPath =
      this.#decidesByPath ||
      this.#skipped !== null ||
      site.routes.some(({ target }) => target.kind === 'files');
  }

  /**
   * The first route in the configuration's order whose host, path and method match. `host` is lower
   * case without port and trailing dot; `path` is canonical. `ambiguous` where the readings of the
   * path lead to different routes: answer 400.
   */
  match(host: string, path: string, method: string): RouteMatch {
    const routes = this.#routesOf(host);
    if (!this.#decidesByPath || isPlainPath(path)) return routes.first(path, method) ?? 'none';
    let match: Route | null = null;
    for (const [index, reading] of pathReadings(path).entries()) {
      const found = routes.first(reading, method);
      if (index > 0 && found !== match) return 'ambiguous';
      match = found;
    }
    return match ?? 'none';
  }

  /** Whether a canonical path needs no client certificate, however it is read. None is skipped by default. */
  skips(path: string): boolean {
    const skipped = this.#skipped;
    if (skipped === null) return false;
    if (isPlainPath(path)) return skipped.find(path).length > 0;
    return pathReadings(path).every((reading) => skipped.find(reading).length > 0);
  }

  #routesOf(host: string): HostRoutes {
    if (this.#hosts.size === 0 && this.#wildcards.size === 0) return this.#everyHost;
    const exact = this.#hosts.get(host);
    if (exact !== undefined) return exact;
    if (this.#wildcards.size === 0) return this.#everyHost;
    const dot = firstDot(host);
    return (dot > 0 && this.#wildcards.get(host.slice(dot + 1))) || this.#everyHost;
  }
}

/** The routes that a host can reach, indexed when it is first asked for. */
class HostRoutes {
  readonly #routes: readonly Route[];
  readonly #indexes: readonly number[];
  #index: PathIndex<IndexedRoute> | null = null;

  constructor(routes: readonly Route[], indexes: readonly number[]) {
    this.#routes = routes;
    this.#indexes = indexes;
  }

  first(path: string, method: string): Route | null {
    this.#index ??= this.#compile();
    const rules = this.#index.find(path);
    for (let index = 0; index < rules.length; index++) {
      const rule = rules[index];
      if (rule !== undefined && (rule.methods === null || rule.methods.has(method))) {
        return rule.route;
      }
    }
    return null;
  }

  #compile(): PathIndex<IndexedRoute> {
    const ordered = this.#indexes.toSorted((left, right) => left - right);
    return new PathIndex(
      ordered.flatMap((index) => {
        const route = this.#routes[index];
        if (route === undefined) return [];
        return [{ path: route.options.path, methods: route.options.methods, route }];
      }),
    );
  }
}

interface IndexedRoute {
  readonly path: PathPattern | null;
  readonly methods: ReadonlySet<string> | null;
  readonly route: Route;
}

/** Where the first label ends; the length of a host of one label. */
function firstDot(host: string): number {
  const dot = host.indexOf('.');
  return dot < 0 ? host.length : dot;
}
