import { isIPv6 } from 'node:net';
import { parseListenAddress } from '../../config/listen-address.ts';

/** Where a connection goes. */
export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`, which is localhost; a text says what is wrong with it. */
export function parseTarget(text: string): ConnectTarget | string {
  const result = parseListenAddress(text, (path) => path);
  if (result.kind === 'invalid' || result.address.kind === 'unix') {
    return 'It must be HOST:PORT, such as localhost:9443 or [::1]:9443.';
  }
  const { host, port } = result.address;
  return port === 0 ? 'Port 0 is nobody.' : { host: host ?? 'localhost', port };
}

/** As it is typed. */
export function targetText({ host, port }: ConnectTarget): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
