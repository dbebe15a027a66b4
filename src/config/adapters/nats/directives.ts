import type { Draft, DraftMapping } from '../draft.ts';
import { Directives } from '../meaning.ts';
import { collect } from './block.ts';
import { ACCOUNT, AUTHORIZATION, TLS, TOP } from './notices.ts';
import type { NatsEntry, NatsMap } from './syntax.ts';
import { takeUsers, type UserDraft } from './users.ts';
import {
  printDuration,
  readDuration,
  readFlag,
  readInteger,
  readMap,
  readText,
  readTexts,
} from './values.ts';

const top = new Directives(TOP);
const tls = new Directives(TLS);
const authorization = new Directives(AUTHORIZATION);
const account = new Directives(ACCOUNT);

const CLIENT_PORT = 4222;

/** Turns nats-server's configuration into ours. `upstream` null: the port after the listener's. */
export function translateNats(root: NatsMap, upstream: string | null, draft: Draft): void {
  const directives = collect(root, top, draft);
  const listener: DraftMapping = {};
  const listeners: unknown[] = [];
  draft.push(listeners, listener, root.place);
  draft.set(draft.root, 'listeners', listeners, root.place);
  const port = takeAddress(directives, listener, root, draft);
  draft.set(listener, 'protocol', 'nats', root.place);
  const mapping = takeTls(directives.get('tls'), root, listener, draft);
  takeLimits(directives, listener, root, draft);
  takeUpstream(
    upstream,
    port,
    listener,
    directives.get('listen') ?? directives.get('port'),
    root,
    draft,
  );
  takeAuthorization(directives, mapping, draft);
}

/** Sets `listen`; gives the port, null where it is any. */
function takeAddress(
  directives: ReadonlyMap<string, NatsEntry>,
  listener: DraftMapping,
  root: NatsMap,
  draft: Draft,
): number | null {
  const listen = directives.get('listen');
  const hostEntry = directives.get('host');
  const portEntry = directives.get('port');
  let host = '';
  let port = CLIENT_PORT;
  if (listen === undefined) {
    host = (hostEntry === undefined ? null : readText(hostEntry, draft)) ?? '';
    port = (portEntry === undefined ? null : readInteger(portEntry, draft)) ?? CLIENT_PORT;
  } else {
    for (const other of [hostEntry, portEntry]) {
      if (other !== undefined)
        draft.error(other.place, `${other.key} stands beside listen; give one of them`);
    }
    const address = readListen(listen, draft);
    if (address === null) return null;
    ({ host, port } = address);
  }
  if (port === 0) port = CLIENT_PORT;
  const { place } = listen ?? portEntry ?? hostEntry ?? root;
  if (port < -1 || port > 65_535)
    draft.error(place, 'a port is 1 to 65535, or -1 for any free one');
  const everywhere = host === '' || host === '0.0.0.0' || host === '::';
  const shown = everywhere ? '' : host.includes(':') ? `[${host}]` : host;
  draft.set(listener, 'listen', `${shown}:${Math.max(port, 0)}`, place);
  return port === -1 ? null : port;
}

function readListen(entry: NatsEntry, draft: Draft): { host: string; port: number } | null {
  if (entry.node.kind === 'integer') return { host: '', port: Number(entry.node.value) };
  const text = readText(entry, draft);
  if (text === null) return null;
  const [, bracketed, plain = '', port] =
    /^(?:\[([^\]]*)\]|([^:[\]]*)):(-?\d{1,5})$/.exec(text) ?? [];
  if (port !== undefined) return { host: bracketed ?? plain, port: Number(port) };
  draft.error(entry.place, `${entry.key} must be a port, or HOST:PORT`);
  return null;
}

/** Sets `tls`; gives whether certificates are mapped to users. */
function takeTls(
  entry: NatsEntry | undefined,
  root: NatsMap,
  listener: DraftMapping,
  draft: Draft,
): boolean {
  if (entry === undefined) {
    draft.error(
      root.place,
      'tls { ... } is missing: there is nothing that countersign would do here',
    );
    return false;
  }
  const block = readMap(entry, draft);
  if (block === null) return false;
  const directives = collect(block, tls, draft);
  const out: DraftMapping = {};
  draft.set(listener, 'tls', out, entry.place);
  const take = (name: string, read: (entry: NatsEntry, draft: Draft) => unknown): void => {
    const directive = directives.get(name);
    const value = directive === undefined ? null : read(directive, draft);
    if (directive !== undefined && value !== null) draft.set(out, name, value, directive.place);
  };
  take('cert_file', readText);
  take('key_file', readText);
  take('ca_file', readText);
  take('verify', readFlag);
  take('verify_and_map', readFlag);
  take('timeout', readTimeout);
  take('min_version', readVersion);
  take('pinned_certs', readPins);
  take('handshake_first', readHandshakeFirst);
  const mapping = out['verify_and_map'] === true;
  // nats-server asks for a certificate where either says so.
  if (mapping && out['verify'] === false) delete out['verify'];
  const pins = directives.get('pinned_certs');
  if (pins !== undefined && !mapping && out['verify'] !== true) {
    draft.error(pins.place, 'pinned_certs needs verify: true; as it is, nats-server admits nobody');
  }
  return mapping;
}

function readTimeout(entry: NatsEntry, draft: Draft): string | null {
  const milliseconds = readDuration(entry, draft);
  // nats-server takes 0 for its default.
  return milliseconds === null || milliseconds === 0 ? null : printDuration(milliseconds);
}

function readVersion(entry: NatsEntry, draft: Draft): string | null {
  const text = entry.node.kind === 'float' ? String(entry.node.value) : readText(entry, draft);
  if (text === null) return null;
  const version = text.replace(/^TLSv?/i, '');
  if (version === '1.2' || version === '1.3') return version;
  draft.error(entry.place, `${entry.key} must be "1.2" or "1.3"`);
  return null;
}

function readPins(entry: NatsEntry, draft: Draft): string[] | null {
  const texts = readTexts(entry, draft);
  if (texts === null) return null;
  const pins: string[] = [];
  for (const { text, node } of texts) draft.push(pins, text.toLowerCase(), node.place);
  if (pins.length === 0) draft.notice(entry.place, entry.key, 'an empty list pins nothing');
  return pins;
}

function readHandshakeFirst(entry: NatsEntry, draft: Draft): boolean | null {
  if (entry.node.kind === 'flag') return entry.node.value === true;
  draft.notice(
    entry.place,
    entry.key,
    'taken as false: INFO comes first, for every client; clients that start TLS first need true',
  );
  return null;
}

function takeLimits(
  directives: ReadonlyMap<string, NatsEntry>,
  listener: DraftMapping,
  root: NatsMap,
  draft: Draft,
): void {
  const limits: DraftMapping = {};
  const take = (directive: string, key: string): void => {
    const entry = directives.get(directive);
    const value = entry === undefined ? null : readInteger(entry, draft);
    if (entry === undefined || value === null) return;
    if (value > 0) draft.set(limits, key, value, entry.place);
    else draft.notice(entry.place, entry.key, `taken as the default of limits.${key}`);
  };
  take('max_connections', 'connections');
  take('max_control_line', 'control_line');
  if (Object.keys(limits).length > 0) draft.set(listener, 'limits', limits, root.place);
}

function takeUpstream(
  upstream: string | null,
  port: number | null,
  listener: DraftMapping,
  address: NatsEntry | undefined,
  root: NatsMap,
  draft: Draft,
): void {
  const { place, key } = address ?? { place: root.place, key: 'listen' };
  if (upstream !== null) {
    draft.set(listener, 'upstream', upstream, place);
    return;
  }
  const behind = port === null ? CLIENT_PORT + 1 : port === 65_535 ? port - 1 : port + 1;
  draft.set(listener, 'upstream', `nats://127.0.0.1:${behind}`, place);
  draft.notice(
    place,
    key,
    `countersign listens here, and expects nats-server on 127.0.0.1:${behind} (nats-server -a 127.0.0.1 -p ${behind}), where clients can't reach it; name another place by --upstream`,
  );
}

function takeAuthorization(
  directives: ReadonlyMap<string, NatsEntry>,
  mapping: boolean,
  draft: Draft,
): void {
  const users: UserDraft = { list: [], names: new Set(), hasAny: false };
  const entry = directives.get('authorization');
  if (entry !== undefined) {
    const block = readMap(entry, draft);
    if (block !== null) {
      const inner = collect(block, authorization, draft);
      takeUsers(inner.get('users'), inner.get('default_permissions'), users, draft);
    }
  }
  const accounts = directives.get('accounts');
  if (accounts !== undefined) takeAccounts(accounts, users, draft);
  const place = (entry ?? accounts ?? directives.get('tls'))?.place;
  if (place === undefined) return;
  if (users.hasAny && !mapping) {
    draft.error(
      place,
      'without verify_and_map in tls, users log in by what they send, which only the upstream can check: keep them in the configuration of nats-server and take them out here, or set verify_and_map: true',
    );
  }
  if (mapping && users.list.length === 0 && !draft.failed) {
    draft.error(
      place,
      'verify_and_map is on, and there is no user that a certificate could be mapped to; nats-server would admit every client that verify admits: say verify: true if that is meant',
    );
  }
  if (users.list.length === 0) return;
  const out: DraftMapping = {};
  draft.set(out, 'users', users.list, place);
  draft.set(draft.root, 'authorization', out, place);
  const identity: DraftMapping = {};
  draft.set(identity, 'dn', 'nats', place);
  draft.set(draft.root, 'identity', identity, place);
}

function takeAccounts(entry: NatsEntry, users: UserDraft, draft: Draft): void {
  if (entry.node.kind === 'list') {
    draft.notice(entry.place, entry.key, 'belongs to the upstream: names alone have no users');
    return;
  }
  const accounts = readMap(entry, draft);
  if (accounts === null) return;
  draft.notice(
    entry.place,
    entry.key,
    'the upstream needs the same accounts: each client is there the user that it is mapped to',
  );
  for (const one of accounts.entries.values()) {
    const block = readMap(one, draft);
    if (block === null) continue;
    const inner = collect(block, account, draft);
    takeUsers(inner.get('users'), inner.get('default_permissions'), users, draft);
  }
}
