import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isHostName } from './listen-address.ts';

/** What an upstream's URL says. */
export type UpstreamUrl =
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      readonly http: 'h1' | 'h2c';
    }
  /** A nats-server, which says by itself whether it wants TLS. */
  | { readonly kind: 'nats'; readonly host: string; readonly port: number }
  /** A broker. `port` null: the usual one. */
  | {
      readonly kind: 'mqtt';
      readonly host: string;
      readonly port: number | null;
      readonly tls: boolean;
    }
  /** Bytes, whatever they are. `port` null: none is named. */
  | {
      readonly kind: 'stream';
      readonly host: string;
      readonly port: number | null;
      readonly tls: boolean;
    }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'files'; readonly path: string }
  | { readonly kind: 'echo' };

export type UpstreamUrlResult =
  | { readonly kind: 'url'; readonly url: UpstreamUrl }
  | { readonly kind: 'invalid'; readonly message: string };

/** Whether the text is meant as a URL; otherwise it is the name of an upstream. */
export function isUpstreamUrl(text: string): boolean {
  return /[:/\\]/.test(text);
}

/**
 * Reads the URL of an upstream. A request's path goes upstream as it came, so an http URL has none of
 * its own. Messages never quote what may be a password.
 */
export function parseUpstreamUrl(text: string): UpstreamUrlResult {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? null;
  const rest = text.slice((scheme ?? '').length + 1);
  switch (scheme) {
    case 'http':
      return parseAuthority(rest, { kind: 'tcp', tls: false, http: 'h1', port: 80 });
    case 'https':
      return parseAuthority(rest, { kind: 'tcp', tls: true, http: 'h1', port: 443 });
    case 'h2c':
      return parseAuthority(rest, { kind: 'tcp', tls: false, http: 'h2c', port: 80 });
    case 'h2':
      return parseAuthority(rest, { kind: 'tcp', tls: true, http: 'h2c', port: 443 });
    case 'nats':
      return parseAuthority(rest, { kind: 'nats', port: NATS_PORT });
    case 'mqtt':
      return parseAuthority(rest, { kind: 'mqtt', tls: false, port: null });
    case 'mqtts':
      return parseAuthority(rest, { kind: 'mqtt', tls: true, port: null });
    case 'tls':
      return parseAuthority(rest, { kind: 'stream', tls: true, port: null });
    case 'tcp':
      return parseAuthority(rest, { kind: 'stream', tls: false, port: null });
    case 'unix':
      return parsePath(rest, 'unix');
    case 'file':
      return parsePath(rest, 'files');
    case 'echo':
      if (rest === '' || rest === '//') return { kind: 'url', url: { kind: 'echo' } };
      return invalid('echo: stands alone');
    default:
      return invalid(`must be the name of one of upstreams or a URL: ${SUPPORTED}`);
  }
}

const SUPPORTED =
  'http:, https:, h2:, h2c:, unix:, file:, echo:, nats:, mqtt:, mqtts:, tcp: or tls:';
export const NATS_PORT = 4222;

type Hosted = Extract<UpstreamUrl, { host: string }>;
type Scheme = Hosted extends infer Each
  ? Each extends Hosted
    ? Omit<Each, 'host'>
    : never
  : never;

function parseAuthority(rest: string, scheme: Scheme): UpstreamUrlResult {
  if (!rest.startsWith('//')) return invalid('after the scheme comes //HOST:PORT');
  const authority = /^\/\/([^/?#\\]*)(.*)$/s.exec(rest);
  const [, hostAndPort = '', after = ''] = authority ?? [];
  if (hostAndPort.includes('@'))
    return invalid('credentials have no place in the URL of an upstream');
  if (after !== '' && after !== '/') {
    return invalid(
      'the URL of an upstream ends with its port: requests keep the path that they came with',
    );
  }
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(hostAndPort);
  const [, host = '', portText] = found ?? [];
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const valid = host.startsWith('[') ? isIP(bare) === 6 : isIP(bare) === 4 || isHostName(bare);
  if (!valid) return invalid('after the scheme comes //HOST:PORT');
  const url = { ...scheme, host: bare.toLowerCase() };
  if (portText === undefined) return { kind: 'url', url };
  const port = Number(portText);
  if (port < 1 || port > 65535) return invalid('a port is 1 to 65535');
  return { kind: 'url', url: { ...url, port } };
}

// `unix:/run/x.sock` and `file:www` are paths as they stand; with `//` they are URLs, escapes and all.
function parsePath(rest: string, kind: 'unix' | 'files'): UpstreamUrlResult {
  let path = rest;
  if (rest.startsWith('//')) {
    try {
      path = fileURLToPath(`file:${rest}`);
    } catch {
      return invalid('after // comes an absolute path, as in ///srv/www');
    }
  }
  if (path === '') return invalid('a path is missing');
  return { kind: 'url', url: { kind, path } };
}

function invalid(message: string): UpstreamUrlResult {
  return { kind: 'invalid', message };
}
