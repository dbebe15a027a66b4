import type { z } from 'zod';
import type { ConfigDocument } from '../../document.ts';
import { type ConfigPath, printPath } from '../../problem.ts';
import type { Draft, DraftMapping } from '../draft.ts';
import { Directives, type DirectiveTable } from '../meaning.ts';
import type { Place } from '../place.ts';
import { NODE, ROUTE, SSL, TOP, UPSTREAM } from './notices.ts';
import { translateSsl } from './ssl.ts';
import {
  apisixNode,
  type ApisixRoute,
  apisixRoute,
  apisixSsl,
  type ApisixUpstream,
  apisixUpstream,
} from './syntax.ts';

/** Where APISIX listens for TLS. */
const LISTEN = ':9443';

/** Turns a document of APISIX into ours. `upstream`: where all traffic goes, for a file without routes. */
export function translateApisix(
  document: ConfigDocument,
  upstream: string | null,
  draft: Draft,
): void {
  new Translation(document, draft).run(upstream);
}

interface Target {
  readonly url: string;
  readonly place: Place;
}

class Translation {
  readonly #document: ConfigDocument;
  readonly #draft: Draft;

  constructor(document: ConfigDocument, draft: Draft) {
    this.#document = document;
    this.#draft = draft;
  }

  run(upstream: string | null): void {
    const { value } = this.#document;
    const start = this.#place([]);
    const listener: DraftMapping = {};
    this.#draft.set(this.#draft.root, 'listeners', [listener], start);
    this.#draft.set(listener, 'listen', LISTEN, start);
    this.#draft.set(listener, 'protocol', 'https', start);
    if (Array.isArray(value)) this.#certificates(value, []);
    else if (isMapping(value) && Object.hasOwn(value, 'cert')) {
      // A single object stands for itself.
      this.#certificates([value], null);
    } else if (isMapping(value)) {
      this.#checkKeys(value, TOP, []);
      this.#listen(value['apisix'], listener);
      this.#certificates(listOf(value['ssls']), ['ssls']);
      this.#routes(value, listener, upstream);
      return;
    } else this.#draft.error(start, 'must be a mapping, or an ssl object, or a list of them');
    this.#everything(listener, upstream);
  }

  #listen(value: unknown, listener: DraftMapping): void {
    if (value === undefined) return;
    const path = ['apisix'];
    const [address] = this.#read(apisixNode, value, NODE, path)?.ssl.listen ?? [];
    if (address === undefined) return;
    const { ip = '', port } = address;
    const host = ip === '0.0.0.0' ? '' : ip.includes(':') ? `[${ip}]` : ip;
    const place = this.#place([...path, 'ssl', 'listen']);
    this.#draft.set(listener, 'listen', `${host}:${port}`, place);
  }

  /** `at`: the list; null: the only entry is the document itself. */
  #certificates(list: readonly unknown[], at: ConfigPath | null): void {
    const certificates: unknown[] = [];
    for (const [index, entry] of list.entries()) {
      const path = at === null ? [] : [...at, index];
      const ssl = this.#read(apisixSsl, entry, SSL, path);
      if (ssl === null) continue;
      const result = translateSsl(ssl);
      if (result.kind === 'invalid') {
        for (const { path: rest, message } of result.errors) {
          this.#error([...path, ...rest], message);
        }
        continue;
      }
      for (const { path: rest, message } of result.notices) {
        this.#draft.notice(this.#place([...path, ...rest]), printPath(rest), message);
      }
      const { type, status, certificate, key, snis, client, min_version: version } = result.ssl;
      if (type === 'client' || status === 'disabled') {
        const [key_, message] =
          type === 'client'
            ? [
                'type',
                'a client certificate is for upstreams, which are not read here: it is left out',
              ]
            : ['status', 'it is disabled: it is left out'];
        this.#draft.notice(this.#place([...path, key_]), key_, message);
        continue;
      }
      const entryPlace = this.#place(path);
      const out: DraftMapping = {};
      const set = (name: string, value: unknown, from: ConfigPath): void =>
        this.#draft.set(out, name, value, this.#place([...path, ...from]));
      if (snis !== null) set('snis', [...snis], [ssl.sni === undefined ? 'snis' : 'sni']);
      set('cert', certificate, ['cert']);
      set('key', key, ['key']);
      if (version === '1.3') set('min_version', version, ['ssl_protocols']);
      if (client !== null) {
        set('ca', client.ca, ['client', 'ca']);
        set('verify', true, ['client']);
        set('depth', client.depth, ['client', 'depth']);
        if (client.skip_paths.length > 0) {
          set('skip_paths', [...client.skip_paths], ['client', 'skip_mtls_uri_regex']);
        }
      }
      this.#draft.push(certificates, out, entryPlace);
    }
    if (certificates.length > 0) {
      this.#draft.set(this.#draft.root, 'certificates', certificates, this.#place(at ?? []));
    } else if (!this.#draft.failed) {
      this.#error(at ?? [], 'no certificate is served: there is no enabled ssl of type server');
    }
  }

  #everything(listener: DraftMapping, upstream: string | null): void {
    const start = this.#place([]);
    if (upstream !== null) this.#draft.set(listener, 'upstream', upstream, start);
    else this.#draft.error(start, 'there are no routes: say by --upstream where traffic goes');
  }

  #routes(value: DraftMapping, listener: DraftMapping, upstream: string | null): void {
    const list = listOf(value['routes']);
    if (list.length === 0) return this.#everything(listener, upstream);
    if (upstream !== null) {
      this.#error(['routes'], 'the routes say where traffic goes: leave --upstream away');
    }
    const upstreams = new Map<string, Target>();
    for (const [index, entry] of listOf(value['upstreams']).entries()) {
      const path = ['upstreams', index];
      const read = this.#read(apisixUpstream, entry, UPSTREAM, path);
      const url = read === null ? null : this.#url(read, path);
      if (read === null || url === null) continue;
      upstreams.set(String(read.id ?? ''), { url, place: this.#place(path) });
    }
    const routes: {
      readonly rank: readonly number[];
      readonly out: DraftMapping;
      readonly place: Place;
    }[] = [];
    for (const [index, entry] of list.entries()) {
      const path = ['routes', index];
      const route = this.#read(apisixRoute, entry, ROUTE, path);
      if (route === null) continue;
      if (route.status === 0) {
        this.#draft.notice(
          this.#place([...path, 'status']),
          'status',
          'it is disabled: it is left out',
        );
        continue;
      }
      const target = this.#target(route, upstreams, path);
      if (target !== null) routes.push(...this.#matches(route, target, path));
    }
    const out: unknown[] = [];
    for (const { out: route, place } of routes.toSorted((a, b) => compareRanks(a.rank, b.rank))) {
      this.#draft.push(out, route, place);
    }
    this.#draft.set(listener, 'routes', out, this.#place(['routes']));
  }

  /** APISIX takes the most special route; here the first that matches decides. */
  *#matches(route: ApisixRoute, target: Target, path: ConfigPath) {
    const { uri, uris = [], host, hosts = [], methods } = route;
    const paths = uri === undefined ? uris : [uri, ...uris];
    const names = host === undefined ? hosts : [host, ...hosts];
    if (paths.length === 0) this.#error(path, 'has neither uri nor uris');
    const place = this.#place(path);
    for (const name of names.length === 0 ? [null] : names) {
      for (const one of paths) {
        const match: DraftMapping = {};
        if (name !== null) this.#draft.set(match, 'host', name, this.#place([...path, 'hosts']));
        if (one !== '/*') this.#draft.set(match, 'path', one, this.#place([...path, 'uri']));
        if (methods !== undefined) {
          this.#draft.set(match, 'methods', methods, this.#place([...path, 'methods']));
        }
        const out: DraftMapping = {};
        if (Object.keys(match).length > 0) this.#draft.set(out, 'match', match, place);
        this.#draft.set(out, 'upstream', target.url, target.place);
        const isExact = !one.endsWith('*');
        const hostRank = name === null ? 2 : name.startsWith('*') ? 1 : 0;
        const rank = [hostRank, isExact ? 0 : 1, -one.length, methods === undefined ? 1 : 0];
        yield { rank, out, place };
      }
    }
  }

  #target(
    route: ApisixRoute,
    upstreams: ReadonlyMap<string, Target>,
    path: ConfigPath,
  ): Target | null {
    if (route.upstream !== undefined) {
      const url = this.#url(route.upstream, [...path, 'upstream']);
      return url === null ? null : { url, place: this.#place([...path, 'upstream']) };
    }
    const found = upstreams.get(String(route.upstream_id));
    if (found === undefined) this.#error([...path, 'upstream_id'], 'there is no such upstream');
    return found ?? null;
  }

  #url({ nodes, scheme }: ApisixUpstream, path: ConfigPath): string | null {
    const all = Array.isArray(nodes)
      ? nodes.map(({ host, port }) => (port === undefined ? host : `${host}:${port}`))
      : Object.keys(nodes);
    const [node] = all;
    if (node === undefined || all.length > 1) {
      this.#error(
        [...path, 'nodes'],
        'must be one node: there is no balancing between several here',
      );
      return null;
    }
    if (scheme === 'https') {
      const message = 'its certificate is verified here, which APISIX does not do unless told';
      this.#draft.notice(this.#place([...path, 'scheme']), 'scheme', message);
    }
    return `${scheme === 'grpc' ? 'h2c' : scheme}://${node}`;
  }

  #read<Schema extends z.ZodType>(
    schema: Schema,
    value: unknown,
    table: DirectiveTable,
    path: ConfigPath,
  ): z.output<Schema> | null {
    const result = schema.safeParse(value, {
      error: ({ input }) => (input === undefined ? 'is missing' : undefined),
    });
    if (result.success) return result.data;
    const known = new Directives(table);
    for (const issue of result.error.issues) {
      if (issue.code !== 'unrecognized_keys') {
        this.#error([...path, ...issue.path], issue.message);
        continue;
      }
      for (const key of issue.keys) {
        this.#error([...path, ...issue.path, key], known.find(key)?.meaning ?? 'is not known');
      }
    }
    return null;
  }

  #checkKeys(value: DraftMapping, table: DirectiveTable, path: ConfigPath): void {
    const known = new Directives(table);
    for (const key of Object.keys(value)) {
      const row = known.find(key);
      if (row?.treatment !== 'taken') this.#error([...path, key], row?.meaning ?? 'is not known');
    }
  }

  #error(path: ConfigPath, message: string): void {
    const where = printPath(path);
    this.#draft.error(this.#place(path), where === '' ? message : `${where}: ${message}`);
  }

  #place(path: ConfigPath): Place {
    const { line = 1, column = 1 } = this.#document.position(path, 'key') ?? {};
    return { file: this.#document.file, line, column };
  }
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (const [index, rank] of one.entries()) {
    const difference = rank - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isMapping(value: unknown): value is DraftMapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
