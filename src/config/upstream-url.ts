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
 * Reads the URL of an upstream that an https listener can send requests to. A request's path goes
 * upstream as it came, so an http URL has none of its own. Messages never quote what may be a password.
 */
export function parseUpstreamUrl(text: string): UpstreamUrlResult {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? null;
  const rest = text.slice((scheme ?? '').length + 1);
  switch (scheme) {
    case 'http':
      return parseHttp(rest, { tls: false, http: 'h1', port: 80 });
    case 'https':
      return parseHttp(rest, { tls: true, http: 'h1', port: 443 });
    case 'h2c':
      return parseHttp(rest, { tls: false, http: 'h2c', port: 80 });
    case 'unix':
      return parsePath(rest, 'unix');
    case 'file':
      return parsePath(rest, 'files');
    case 'echo':
      if (rest === '' || rest === '//') return { kind: 'url', url: { kind: 'echo' } };
      return invalid('echo: stands alone');
    case 'tcp':
    case 'tls':
    case 'nats':
    case 'mqtt':
      return invalid(`an https listener has no use for ${scheme}:, only for ${SUPPORTED}`);
    default:
      return invalid(`must be the name of one of upstreams or a URL: ${SUPPORTED}`);
  }
}

const SUPPORTED = 'http:, https:, h2c:, unix:, file: or echo:';

function parseHttp(
  rest: string,
  { tls, http, port }: { tls: boolean; http: 'h1' | 'h2c'; port: number },
): UpstreamUrlResult {
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
  const [, host = '', portText = String(port)] = found ?? [];
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const valid = host.startsWith('[') ? isIP(bare) === 6 : isIP(bare) === 4 || isHostName(bare);
  if (!valid) return invalid('after the scheme comes //HOST:PORT');
  const number = Number(portText);
  if (number < 1 || number > 65535) return invalid('a port is 1 to 65535');
  return { kind: 'url', url: { kind: 'tcp', host: bare.toLowerCase(), port: number, tls, http } };
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
