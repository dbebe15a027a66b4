import type { Draft, DraftMapping } from '../draft.ts';
import type { Place } from '../place.ts';
import { constantArgument, Level, tablesOf } from './block.ts';
import { requiresCertificate } from './conditions.ts';
import { checkAddedFields, takeHeaders } from './headers.ts';
import { ANSWERS, LOCATION, SETTINGS } from './notices.ts';
import { takeResponse } from './responses.ts';
import type { RootFinder } from './root.ts';
import type { NginxDirective } from './syntax.ts';
import { readPass, type UpstreamDrafts } from './upstreams.ts';

const LOCATION_DIRECTIVES = tablesOf(LOCATION, ANSWERS, SETTINGS);

/** What routes are made with. */
export interface RouteContext {
  readonly draft: Draft;
  readonly upstreams: UpstreamDrafts;
  readonly roots: RootFinder;
  /** Whether clients without a verified certificate get as far as a route. */
  readonly admitsUnverified: boolean;
}

interface Location {
  readonly kind: 'exact' | 'prefix';
  readonly path: string;
  readonly directive: NginxDirective;
  readonly level: Level;
}

/**
 * The routes of a server block in the order in which nginx would look: exact locations, then prefixes
 * from the longest on, and last what the server block itself says. New values at each call.
 */
export function routesOf(server: Level, owner: NginxDirective, context: RouteContext): unknown[] {
  const { draft } = context;
  const routes: unknown[] = [];
  const answer = server.own('return')[0];
  if (answer !== undefined) {
    const route: DraftMapping = {};
    takeResponse(answer, server, route, draft);
    for (const location of server.own('location')) {
      draft.notice(location.place, 'location', 'never reached: the server block answers by return');
    }
    draft.push(routes, route, answer.place);
    return routes;
  }
  const locations = readLocations(server, draft);
  for (const location of locations) {
    const route = routeOf(location, locations, server, context);
    if (route !== null) draft.push(routes, route, location.directive.place);
  }
  if (!locations.some(({ kind, path }) => kind === 'prefix' && path === '/')) {
    addRest(routes, server, owner, locations, context);
  }
  return routes;
}

function readLocations(server: Level, draft: Draft): Location[] {
  const locations = new Map<string, Location>();
  for (const directive of server.own('location')) {
    const location = readLocation(directive, server, draft);
    if (location === null) continue;
    const key = `${location.kind} ${location.path}`;
    if (locations.has(key)) draft.error(directive.place, 'the location stands twice');
    locations.set(key, location);
  }
  return [...locations.values()].toSorted((a, b) => {
    if (a.kind !== b.kind) return a.kind === 'exact' ? -1 : 1;
    return b.path.length - a.path.length;
  });
}

function readLocation(directive: NginxDirective, server: Level, draft: Draft): Location | null {
  const { place, args } = directive;
  const words = args.map(({ text }) => text);
  const [, attached = '', rest = ''] = /^(=|\^~|~\*|~|)([^]*)$/.exec(words[0] ?? '') ?? [];
  const path = rest === '' ? words[1] : rest;
  if (path === undefined || words.length !== (rest === '' ? 2 : 1)) {
    draft.error(place, 'location takes a path, or "=" or "^~" and a path');
    return null;
  }
  if (attached.startsWith('~')) {
    draft.error(
      place,
      `regular expressions decide over no path here: write the locations that ${JSON.stringify(path.slice(0, 100))} stands for as paths`,
    );
    return null;
  }
  if (path.startsWith('@')) {
    draft.notice(place, 'location', 'left out: named locations are not led to here');
    return null;
  }
  const level = new Level(directive.block ?? [], LOCATION_DIRECTIVES, server, draft);
  const hidden = level.own('internal')[0];
  if (hidden !== undefined || (directive.block ?? []).some(({ name }) => name === 'stub_status')) {
    draft.notice(
      place,
      'location',
      'left out: requests of clients are not led to it, or not from here',
    );
    return null;
  }
  return { kind: attached === '=' ? 'exact' : 'prefix', path, directive, level };
}

function routeOf(
  location: Location,
  locations: readonly Location[],
  server: Level,
  context: RouteContext,
): DraftMapping | null {
  const { draft } = context;
  const { directive, level, kind, path } = location;
  const route: DraftMapping = {};
  if (kind === 'exact' || path !== '/') {
    const match: DraftMapping = {};
    draft.set(match, 'path', kind === 'exact' ? path : `${path}*`, directive.place);
    draft.set(route, 'match', match, directive.place);
  }
  takeRequirement(level, server, route, context);
  checkAddedFields(level, draft);
  const answer = level.own('return')[0];
  if (answer !== undefined) {
    takeResponse(answer, level, route, draft);
    return route;
  }
  const pass = level.own('proxy_pass')[0] ?? level.own('grpc_pass')[0];
  if (pass === undefined) {
    return takeFiles(location, locations, route, context) ? route : null;
  }
  const tries = level.own('try_files')[0];
  if (tries !== undefined) {
    draft.error(
      tries.place,
      'try_files stands beside proxy_pass: a route has files or an upstream',
    );
  }
  takePass(pass, path, level, route, context);
  return route;
}

/** Sets `verify` of a route that only verified clients may use where others get in as well. */
function takeRequirement(
  level: Level,
  server: Level,
  route: DraftMapping,
  { draft, admitsUnverified }: RouteContext,
): void {
  const condition = requiresCertificate(level, server, draft);
  if (condition !== null && admitsUnverified) draft.set(route, 'verify', true, condition.place);
}

function takePass(
  pass: NginxDirective,
  path: string,
  level: Level,
  route: DraftMapping,
  { draft, upstreams }: RouteContext,
): void {
  const target = readPass(pass, draft);
  if (target === null) return;
  if (target.path !== '' && target.path !== path) {
    draft.error(
      pass.place,
      `${pass.name} puts ${JSON.stringify(target.path)} in the place of ${JSON.stringify(path)}, and requests keep the path that they came with here: let the upstream serve ${path}, or write the same path in both`,
    );
    return;
  }
  const reference = upstreams.reference(target, level, pass);
  if (reference === null) return;
  draft.set(route, 'upstream', reference, pass.place);
  const setsHost = level
    .find('proxy_set_header')
    .some(({ args }) => args[0]?.text.toLowerCase() === 'host');
  if (!setsHost && pass.name === 'proxy_pass') {
    draft.notice(
      pass.place,
      pass.name,
      `the upstream gets the Host that the client sent; nginx would send ${target.authority}`,
    );
  }
  takeHeaders(level, route, draft);
}

/** Sets what a route serves from files; false where that is not known, which is reported. */
function takeFiles(
  { directive, level, kind, path }: Location,
  locations: readonly Location[],
  route: DraftMapping,
  { draft, roots }: RouteContext,
): boolean {
  const alias = level.own('alias')[0];
  const root =
    alias === undefined
      ? roots.rootOf(level, directive, draft)
      : readAlias(alias, kind === 'prefix' ? path : null, draft);
  if (root === null) return false;
  draft.set(route, 'upstream', root.url, root.place);
  takeTries(level, path, locations, route, draft);
  takeIndex(level, route, draft);
  return true;
}

/** `alias /srv/x/images/` in `location /images/` is `root /srv/x`. */
function readAlias(
  alias: NginxDirective,
  path: string | null,
  draft: Draft,
): { url: string; place: Place } | null {
  const text = constantArgument(alias, draft);
  if (text === null) return null;
  if (path === null || !text.startsWith('/') || !text.endsWith(path)) {
    draft.error(
      alias.place,
      `alias puts another path in the place of the location's, and files are looked for by the whole path here: move them to a directory of that name and write root`,
    );
    return null;
  }
  return { url: `file://${text.slice(0, -path.length) || '/'}`, place: alias.place };
}

function takeTries(
  level: Level,
  path: string,
  locations: readonly Location[],
  route: DraftMapping,
  draft: Draft,
): void {
  const directive = level.own('try_files')[0];
  if (directive === undefined) return;
  const entries: string[] = [];
  for (const { text, place } of directive.args) {
    if (text.startsWith('@')) {
      draft.error(place, 'named locations are not led to here: write a route for what it serves');
      return;
    }
    const [file = ''] = text.replace(/\$is_args\$args$/, '').split('?', 1);
    if (file.replace('$uri', '').includes('$')) {
      draft.error(place, 'of variables only $uri is known here');
      return;
    }
    draft.push(entries, file, place);
  }
  const last = entries.at(-1) ?? '';
  const taker = last.startsWith('/') ? takerOf(last, locations) : null;
  if (taker !== null && taker.path !== path) {
    draft.error(
      directive.place,
      `${last} is another location's, and is looked for among the files of this one here`,
    );
  }
  draft.set(route, 'try_files', entries, directive.place);
}

/** The location that a path leads to; they are in the order in which they are looked through. */
function takerOf(path: string, locations: readonly Location[]): Location | null {
  return (
    locations.find((one) =>
      one.kind === 'exact' ? one.path === path : path.startsWith(one.path),
    ) ?? null
  );
}

function takeIndex(level: Level, route: DraftMapping, draft: Draft): void {
  const directive = level.last('index');
  if (directive === undefined) return;
  const names: string[] = [];
  for (const { text, place } of directive.args) draft.push(names, text, place);
  draft.set(route, 'index', names, directive.place);
}

/** What no location is for, the server block itself serves: files, where it says which. */
function addRest(
  routes: unknown[],
  server: Level,
  owner: NginxDirective,
  locations: readonly Location[],
  context: RouteContext,
): void {
  const { draft, roots } = context;
  const declared = server.last('root');
  if (declared === undefined && server.own('try_files').length === 0 && locations.length > 0) {
    draft.notice(
      owner.place,
      'server',
      'what no location is for is answered 404; nginx would look for it in its html directory',
    );
    return;
  }
  const root = roots.rootOf(server, owner, draft);
  if (root === null) return;
  const route: DraftMapping = {};
  draft.set(route, 'upstream', root.url, root.place);
  takeTries(server, '/', locations, route, draft);
  takeIndex(server, route, draft);
  checkAddedFields(server, draft);
  draft.push(routes, route, declared?.place ?? owner.place);
}
