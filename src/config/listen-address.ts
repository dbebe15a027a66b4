import { isIP, isIPv6 } from 'node:net';
import type { ListenAddress } from '../gateway/options.ts';

export type AddressResult =
  | { readonly kind: 'address'; readonly address: ListenAddress }
  | { readonly kind: 'invalid'; readonly message: string };

/** Longest path of a Unix socket that every supported system takes, in bytes. */
const MAX_SOCKET_PATH = 103;

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `:PORT` or `unix:PATH`. `absolute` completes a relative path.
 * Hosts are lower-cased and IPv6 addresses written in one way, so that equal addresses are equal text.
 */
export function parseListenAddress(
  text: string,
  absolute: (path: string) => string,
): AddressResult {
  if (text.startsWith('unix:')) {
    const path = absolute(text.slice('unix:'.length));
    if (text === 'unix:') return invalid('unix: needs the path of a socket');
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      return invalid(`the path of a socket has at most ${MAX_SOCKET_PATH} bytes`);
    }
    return { kind: 'address', address: { kind: 'unix', path } };
  }
  const found = /^(?:\[([^\]]*)\]|([^:[\]/]*)):(\d{1,5})$/.exec(text);
  if (found === null) {
    const hint =
      isIPv6(text) || /^[0-9a-f:]+$/i.test(text) ? '; an IPv6 address stands in brackets' : '';
    return invalid(`must be HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH${hint}`);
  }
  const [, bracketed, plain = '', portText = ''] = found;
  const port = Number(portText);
  if (port > 65535) return invalid('a port is at most 65535');
  if (bracketed !== undefined) {
    if (!isIPv6(bracketed)) return invalid(`[${bracketed}] is not an IPv6 address`);
    return tcp(canonicalIPv6(bracketed), port);
  }
  if (plain === '') return tcp(null, port);
  if (plain === '*') return invalid(`for every address write :${port}`);
  if (isIP(plain) === 0 && !isHostName(plain))
    return invalid(`${JSON.stringify(plain)} is not a host`);
  return tcp(plain.toLowerCase(), port);
}

/** Whether no two sockets can have these addresses at the same time. Port 0 never conflicts. */
export function addressesConflict(a: ListenAddress, b: ListenAddress): boolean {
  if (a.kind === 'unix' || b.kind === 'unix') {
    return a.kind === 'unix' && b.kind === 'unix' && a.path === b.path;
  }
  if (a.port !== b.port || a.port === 0) return false;
  return hostsOf(a.host).some((one) => hostsOf(b.host).some((other) => hostsConflict(one, other)));
}

/** Whether only this machine reaches a host; null is every address. */
export function isLoopback(host: string | null): boolean {
  return host === 'localhost' || host === '::1' || (host !== null && /^127(\.\d+){3}$/.test(host));
}

/** Whether the text is a host name: labels of letters, digits, `-` and `_`, at most 253 characters. */
export function isHostName(text: string): boolean {
  return (
    text.length <= 253 &&
    /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(
      text,
    )
  );
}

function tcp(host: string | null, port: number): AddressResult {
  return { kind: 'address', address: { kind: 'tcp', host, port } };
}

function invalid(message: string): AddressResult {
  return { kind: 'invalid', message };
}

function canonicalIPv6(address: string): string {
  const zone = address.indexOf('%');
  if (zone >= 0) return address.toLowerCase();
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function hostsOf(host: string | null): readonly string[] {
  if (host === null) return ['::', '0.0.0.0'];
  return host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
}

// A socket on :: takes IPv4 too, unless it is told not to.
function hostsConflict(a: string, b: string): boolean {
  if (a === b || a === '::' || b === '::') return true;
  return (a === '0.0.0.0' && !isIPv6(b)) || (b === '0.0.0.0' && !isIPv6(a));
}
