import type { Draft, DraftMapping } from '../draft.ts';
import type { Place } from '../place.ts';
import { constantArgument, flagArgument, Level, numberArgument, tablesOf } from './block.ts';
import { UPSTREAM } from './notices.ts';
import type { NginxDirective } from './syntax.ts';

/** What stands in an `upstream` block. */
interface Group {
  readonly address: string;
  readonly maxIdle: number | null;
  readonly place: Place;
}

/** What `proxy_pass` and `grpc_pass` say. */
export interface PassTarget {
  readonly scheme: 'http' | 'https' | 'h2c';
  /** HOST, HOST:PORT, [V6]:PORT or `unix:/path`. */
  readonly authority: string;
  /** What follows; '' where nothing does. */
  readonly path: string;
}

const UPSTREAM_DIRECTIVES = tablesOf(UPSTREAM);

/** Reads where requests are passed to; null where that is no URL of ours, which is reported. */
export function readPass(directive: NginxDirective, draft: Draft): PassTarget | null {
  const text = constantArgument(directive, draft);
  if (text === null) return null;
  const isGrpc = directive.name === 'grpc_pass';
  const [, scheme = isGrpc ? 'grpc' : '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  const [, authority = '', path = ''] = /^(unix:[^:]*(?=:|$)|[^/?#]*):?([^]*)$/.exec(rest) ?? [];
  const kind = SCHEMES[scheme.toLowerCase()];
  if (kind === undefined || authority === '') {
    const message =
      scheme.toLowerCase() === 'grpcs'
        ? 'gRPC over TLS is not spoken to upstreams: give it a plain port, grpc://HOST:PORT'
        : `must be ${isGrpc ? 'grpc://HOST:PORT' : 'http://HOST:PORT or https://HOST:PORT'}`;
    draft.error(directive.place, `${directive.name} ${message}`);
    return null;
  }
  return { scheme: kind, authority, path };
}

const SCHEMES: Readonly<Record<string, PassTarget['scheme'] | undefined>> = {
  http: 'http',
  https: 'https',
  grpc: 'h2c',
};

/** The upstreams that routes lead to; those with settings of their own get a name in the document. */
export class UpstreamDrafts {
  readonly #draft: Draft;
  readonly #groups = new Map<string, Group | null>();
  readonly #named: DraftMapping = {};
  /** Names by what they stand for. */
  readonly #names = new Map<string, string>();

  constructor(blocks: readonly NginxDirective[], draft: Draft) {
    this.#draft = draft;
    for (const block of blocks) {
      const [name] = block.args;
      if (name === undefined || block.block === null) {
        draft.error(block.place, 'upstream takes a name and a block { ... }');
      } else if (this.#groups.has(name.text)) {
        draft.error(block.place, `the upstream ${JSON.stringify(name.text)} stands twice`);
      } else this.#groups.set(name.text, this.#readGroup(block, name.text));
    }
  }

  /** The `upstream` of a route, for a target with the settings of its location; null: reported. */
  reference(target: PassTarget, level: Level, pass: NginxDirective): string | null {
    const { scheme, authority } = target;
    const group = this.#groups.get(authority);
    if (group === null) return null;
    const address = group?.address ?? authority;
    if (address.startsWith('unix:')) {
      if (scheme === 'http') return address;
      this.#draft.error(pass.place, `${pass.name}: a socket is spoken to over plain HTTP/1.1 only`);
      return null;
    }
    const url = `${scheme}://${address}`;
    const tls =
      scheme === 'https' ? this.#tls(level, group === undefined ? null : authority, pass) : null;
    const maxIdle = group?.maxIdle ?? null;
    if (tls === null && maxIdle === null) return url;
    return this.#name(authority, { url, tls, maxIdle, place: group?.place ?? pass.place });
  }

  #name(
    base: string,
    upstream: { url: string; tls: DraftMapping | null; maxIdle: number | null; place: Place },
  ): string {
    const { url, tls, maxIdle, place } = upstream;
    const content = JSON.stringify([url, tls, maxIdle]);
    const known = this.#names.get(content);
    if (known !== undefined) return known;
    const stem = base.replaceAll(/[^A-Za-z0-9_.-]/g, '-').replace(/^[.-]+/, '') || 'upstream';
    let name = stem;
    for (let count = 2; Object.hasOwn(this.#named, name); count++) name = `${stem}-${count}`;
    const out: DraftMapping = {};
    this.#draft.set(out, 'url', url, place);
    if (tls !== null) this.#draft.set(out, 'tls', tls, place);
    if (maxIdle !== null) this.#draft.set(out, 'max_idle', maxIdle, place);
    if (this.#names.size === 0) this.#draft.set(this.#draft.root, 'upstreams', this.#named, place);
    this.#draft.set(this.#named, name, out, place);
    this.#names.set(content, name);
    return name;
  }

  #tls(level: Level, groupName: string | null, pass: NginxDirective): DraftMapping {
    const draft = this.#draft;
    const tls: DraftMapping = {};
    for (const [name, key] of FILES) {
      const directive = level.last(name);
      const file = directive === undefined ? null : constantArgument(directive, draft);
      if (directive !== undefined && file !== null && file !== '') {
        draft.set(tls, key, file, directive.place);
      }
    }
    const name = level.last('proxy_ssl_name');
    const text = name === undefined ? groupName : constantArgument(name, draft);
    if (text !== null) draft.set(tls, 'server_name', text, (name ?? pass).place);
    const verify = level.last('proxy_ssl_verify');
    if (verify === undefined || flagArgument(verify, draft) !== true) {
      const by =
        tls['ca_file'] === undefined ? 'the public roots' : 'proxy_ssl_trusted_certificate';
      draft.notice(
        (verify ?? pass).place,
        (verify ?? pass).name,
        `the certificate of the upstream is verified here, by ${by}; nginx would take any`,
      );
    }
    return tls;
  }

  #readGroup(directive: NginxDirective, name: string): Group | null {
    const draft = this.#draft;
    const level = new Level(directive.block ?? [], UPSTREAM_DIRECTIVES, null, draft);
    const addresses: { address: string; place: Place }[] = [];
    for (const server of level.own('server')) {
      const [address, ...parameters] = server.args;
      const words = parameters.map(({ text }) => text);
      if (address === undefined) draft.error(server.place, 'server needs an address');
      else if (words.includes('down')) draft.notice(server.place, 'server', 'left out: it is down');
      else if (words.includes('backup')) {
        draft.notice(server.place, 'server', 'left out: there are no backups here');
      } else {
        if (words.length > 0) {
          draft.notice(server.place, 'server', `${words.join(' ')}: has no equivalent`);
        }
        addresses.push({ address: address.text, place: server.place });
      }
    }
    const [first, second] = addresses;
    if (first === undefined || second !== undefined) {
      const message = 'has more than one server, and traffic is not balanced here';
      draft.error(
        (second ?? directive).place,
        `the upstream ${name} ${first === undefined ? 'has no server' : message}`,
      );
      return null;
    }
    const keepalive = level.own('keepalive')[0];
    const maxIdle = keepalive === undefined ? null : numberArgument(keepalive, draft);
    return { address: first.address, maxIdle, place: directive.place };
  }
}

const FILES = [
  ['proxy_ssl_trusted_certificate', 'ca_file'],
  ['proxy_ssl_certificate', 'cert_file'],
  ['proxy_ssl_certificate_key', 'key_file'],
] as const;
