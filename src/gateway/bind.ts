import { chmodSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { type StreamHandle, takeAccepted } from '../tls/node-handles.ts';
import { RawConnection } from '../tls/raw-connection.ts';
import type { ListenAddress } from './options.ts';

/** A listener could not be opened; `message` says which address and what to do. */
export class BindError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'BindError';
    this.code = code;
  }
}

/** Servers bound for one configured address, and how to write it down: `127.0.0.1:9443`. */
export interface Bound {
  readonly servers: readonly Server[];
  readonly address: string;
}

/**
 * `alone`: nobody else may listen there. `shared`: several processes of one gateway do, and the kernel
 * spreads connections over them (SO_REUSEPORT).
 */
export type BindMode = 'alone' | 'shared';

const BACKLOG = 4096;
/** The kernel asks after clients that are silent for this long: one that is gone without a word is closed. */
const KEEP_ALIVE_S = 60;

/**
 * Opens the listening sockets of one address. `localhost` listens on both address families, where the
 * machine has both; no host listens on all addresses. A unix socket that nobody answers on is replaced.
 * Throws BindError; nothing stays open then.
 */
export async function bindAddress(
  address: ListenAddress,
  onConnection: (raw: RawConnection) => void,
  mode: BindMode,
): Promise<Bound> {
  if (address.kind === 'unix') {
    // Unix sockets can't be shared: whoever runs the processes listens and hands connections over.
    if (mode === 'shared') return { servers: [], address: `unix:${address.path}` };
    await removeStaleSocket(address.path);
    const server = await listen({ path: address.path }, `unix:${address.path}`, onConnection);
    chmodSync(address.path, 0o660);
    return { servers: [server], address: `unix:${address.path}` };
  }
  const { host, port } = address;
  const reusePort = mode === 'shared';
  if (host !== 'localhost') {
    const label = printAddress(host ?? '', port);
    const where = host === null ? { port, reusePort } : { host, port, reusePort };
    const server = await listen(where, label, onConnection);
    return { servers: [server], address: printAddress(host ?? '', portOf(server)) };
  }
  const v4 = await listen(
    { host: '127.0.0.1', port, reusePort },
    printAddress(host, port),
    onConnection,
  );
  const servers = [v4];
  try {
    servers.push(await listen({ host: '::1', port: portOf(v4), reusePort }, '[::1]', onConnection));
  } catch (error) {
    const lacksV6 =
      error instanceof BindError && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code);
    if (!lacksV6) {
      v4.close();
      throw error;
    }
  }
  return { servers, address: printAddress(host, portOf(v4)) };
}

function listen(
  where: { host?: string; port?: number; path?: string; reusePort?: boolean },
  label: string,
  onConnection: (raw: RawConnection) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new BindError(error.code ?? 'UNKNOWN', explainBind(label, error)));
    });
    server.listen({ ...where, backlog: BACKLOG }, () => {
      server.removeAllListeners('error');
      takeAccepted(server, (handle) => onConnection(openConnection(handle)));
      resolve(server);
    });
  });
}

function openConnection(handle: StreamHandle): RawConnection {
  handle.setNoDelay?.(true);
  handle.setKeepAlive?.(true, KEEP_ALIVE_S);
  return new RawConnection(handle);
}

function explainBind(label: string, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `cannot listen on ${label}: the address is in use; stop what listens there or choose another port`;
    case 'EACCES':
      return `cannot listen on ${label}: permission denied; ports below 1024 need root or CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return `cannot listen on ${label}: this machine has no such address`;
    default:
      return `cannot listen on ${label}: ${error.message}`;
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const answered = await new Promise<boolean | null>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? false : null);
    });
  });
  if (answered === true) {
    throw new BindError(
      'EADDRINUSE',
      `cannot listen on unix:${path}: another program answers there`,
    );
  }
  if (answered === false) unlinkSync(path);
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

function printAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
