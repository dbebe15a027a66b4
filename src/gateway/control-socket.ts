import { mkdirSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BindError } from './bind.ts';
import { answerControl } from './control-answer.ts';
import type { Observer } from './observer.ts';

// See frontends/http/status-text.ts: an import would cost every start 50 ms.
const { createServer } = process.getBuiltinModule('node:http');

export const CONTROL_SOCKET = 'control.sock';

const MAX_CONNECTIONS = 64;
/** How long an answer may take that is under way at the end, milliseconds. */
const LAST_WORDS_MS = 500;

/**
 * The socket through which a running gateway is asked: HTTP/1.1, so that `curl --unix-socket` is a client
 * as well. Mode 0600: whoever runs the gateway, and root.
 */
export interface ControlSocket {
  readonly path: string;
  /** From now on questions are answered; those that came before have waited. */
  serve(observer: Observer): void;
  /** Takes the socket away and ends every answer. */
  close(): void;
}

/**
 * Listens on `dir/control.sock`, making the directory with mode 0700 where there is none. The socket of a
 * gateway that was killed is replaced. Throws BindError: `EADDRINUSE` where another gateway runs with
 * this directory.
 */
export async function bindControlSocket(dir: string): Promise<ControlSocket> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, CONTROL_SOCKET);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new BindError(
      'ENAMETOOLONG',
      `${path} is too long for a socket: choose another state.dir`,
    );
  }
  await removeStale(path, dir);
  const observer = Promise.withResolvers<Observer>();
  const server = createServer((request, response) => {
    observer.promise
      .then((found) => answerControl(request, response, found))
      .catch(() => response.destroy());
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  let isClosed = false;
  return {
    path,
    serve: observer.resolve,
    close() {
      if (isClosed) return;
      isClosed = true;
      server.close();
      setTimeout(() => server.closeAllConnections(), LAST_WORDS_MS).unref();
    },
  };
}

/** What fits into sun_path, on every system. */
const MAX_PATH_BYTES = 103;

async function removeStale(path: string, dir: string): Promise<void> {
  const code = await new Promise<string>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve('ANSWERED');
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  if (code === 'ANSWERED') {
    throw new BindError(
      'EADDRINUSE',
      `another gateway runs with the state in ${dir}: stop it, or give one of them a state.dir of its own`,
    );
  }
  if (code === 'ECONNREFUSED') unlinkSync(path);
}

/** The socket is nobody else's from its first moment on: the mask holds while it is made. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new BindError(error.code === 'EADDRINUSE' ? 'TAKEN' : (error.code ?? ''), error.message),
      );
    });
    const mask = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.removeAllListeners('error');
        server.on('error', () => {});
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}
