import type { Draft } from '../draft.ts';
import type { Place } from '../place.ts';
import type { NginxDirective } from './syntax.ts';

/** One `listen` of a server block. */
export interface Listen {
  readonly address: ListenTarget;
  readonly isSsl: boolean;
  readonly isDefault: boolean;
  /** Whether an IPv6 wildcard takes IPv4 as well. */
  readonly isDual: boolean;
  readonly place: Place;
}

export type ListenTarget =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Equal for equal addresses. */
export function listenKey(address: ListenTarget): string {
  return address.kind === 'unix' ? `unix:${address.path}` : `${address.host} ${address.port}`;
}

const IGNORED =
  /^(?:reuseport|deferred|bind|http2|so_keepalive=.*|backlog=.*|rcvbuf=.*|sndbuf=.*|fastopen=.*|setfib=.*|accept_filter=.*|multipath)$/;

/** Reads a `listen`; null where it is not one of ours, which is said. */
export function readListen(directive: NginxDirective, draft: Draft): Listen | null {
  const { place, args, name } = directive;
  const [first, ...parameters] = args;
  if (first === undefined) {
    draft.error(place, 'listen needs an address or a port');
    return null;
  }
  let isSsl = false;
  let isDefault = false;
  let isDual = false;
  for (const { text, place: at } of parameters) {
    if (text === 'ssl') isSsl = true;
    else if (text === 'default_server' || text === 'default') isDefault = true;
    else if (text === 'ipv6only=off') isDual = true;
    else if (text === 'ipv6only=on') isDual = false;
    else if (text === 'quic' || text === 'http3') {
      draft.notice(place, name, 'HTTP/3 is not spoken: nothing is listened on for it');
      return null;
    } else if (text === 'proxy_protocol') {
      draft.error(at, 'proxy_protocol is not read: let clients connect without it');
      return null;
    } else if (!IGNORED.test(text)) {
      draft.error(at, `listen: unknown parameter ${JSON.stringify(text.slice(0, 100))}`);
    }
  }
  const address = readAddress(first.text);
  if (address !== null) return { address, isSsl, isDefault, isDual, place };
  draft.error(first.place, 'must be a port, ADDRESS:PORT, [IPV6]:PORT or unix:PATH');
  return null;
}

/** The port is 80 unless given, as in nginx. */
function readAddress(text: string): ListenTarget | null {
  if (text.startsWith('unix:')) return { kind: 'unix', path: text.slice('unix:'.length) };
  if (/^\d{1,5}$/.test(text)) return tcp('0.0.0.0', text);
  const [, bracketed, plain, port = '80'] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/$]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return tcp(bracketed.toLowerCase(), port);
  if (plain === undefined) return null;
  return tcp(plain === '*' ? '0.0.0.0' : plain.toLowerCase(), port);
}

function tcp(host: string, portText: string): ListenTarget | null {
  const port = Number(portText);
  return port >= 1 && port <= 65_535 ? { kind: 'tcp', host, port } : null;
}

/** An address as `listen` of our document. */
export function printListen(address: ListenTarget, isDual: boolean): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const { host, port } = address;
  if (isDual) return `:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
