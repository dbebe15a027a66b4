// Clients that hold a connection open each: HTTP/1.1, HTTP/2 and WebSocket, with certificates of their own.
import { once } from 'node:events';
import http2 from 'node:http2';
import * as tls from 'node:tls';

const KINDS = ['http1', 'http2', 'websocket'] as const;

type ClientKind = (typeof KINDS)[number];

/** What a client presents, and whom it trusts: PEM. */
export interface ClientIdentity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An admitted client, whose connection stays open. */
export interface LiveClient {
  /** When the connection was closed; null: it is open. Milliseconds since the epoch. */
  readonly closedAt: number | null;
  readonly closed: Promise<void>;
  /** False: it is answered no more. */
  ask(): Promise<boolean>;
  destroy(): void;
}

/** The kinds in turn. */
export function kindOf(index: number): ClientKind {
  return KINDS[index % KINDS.length] ?? 'http1';
}

/** Opens a connection of one kind, which is answered once before this resolves. */
export async function openClient(
  kind: ClientKind,
  port: number,
  identity: ClientIdentity,
): Promise<LiveClient> {
  const ALPNProtocols = [kind === 'http2' ? 'h2' : 'http/1.1'];
  const target = { host: '127.0.0.1', port, servername: 'localhost' };
  const socket = tls.connect({ ...target, ...identity, ALPNProtocols });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  let closedAt: number | null = null;
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      closedAt = Date.now();
      resolve();
    });
  });
  const ask = kind === 'http2' ? overHttp2(socket) : onBytes(socket, kind, closed);
  if (!(await ask())) throw new Error(`a client (${kind}) was not answered`);
  return {
    get closedAt() {
      return closedAt;
    },
    closed,
    ask: async () => closedAt === null && (await ask()),
    destroy: () => socket.destroy(),
  };
}

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const PING = 'ping';

/** The first WebSocket exchange is the upgrade; after it, what is said comes back. */
function onBytes(socket: tls.TLSSocket, kind: ClientKind, closed: Promise<void>) {
  let isUpgraded = false;
  return async (): Promise<boolean> => {
    const isPing = kind === 'websocket' && isUpgraded;
    isUpgraded = true;
    const answer = once(socket, 'data').then(([bytes]) => String(bytes));
    answer.catch(() => {});
    socket.write(kind === 'http1' ? REQUEST : isPing ? PING : UPGRADE);
    const said = await Promise.race([answer, closed]);
    const expected = isPing ? PING : kind === 'http1' ? 'HTTP/1.1 200 ' : 'HTTP/1.1 101 ';
    return said?.startsWith(expected) === true;
  };
}

function overHttp2(socket: tls.TLSSocket) {
  const session = http2.connect('https://localhost', { createConnection: () => socket });
  session.on('error', () => {});
  return async (): Promise<boolean> => {
    if (session.closed || session.destroyed) return false;
    const stream = session.request({ ':path': '/' });
    stream.resume();
    let status = 0;
    stream.once('response', (headers) => (status = headers[':status'] ?? 0));
    stream.on('error', () => {});
    await new Promise((resolve) => stream.once('close', resolve));
    return status === 200;
  };
}
