// A service that says exactly the bytes a test gives it.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface ScriptedConnection {
  readonly socket: Socket;
  /** All that arrived on it, latin1. */
  received: string;
  /** Settles when so much as this text has arrived. */
  until(text: string): Promise<void>;
  readonly closed: Promise<void>;
}

export interface ScriptedUpstream {
  readonly port: number;
  readonly connections: readonly ScriptedConnection[];
}

/** Calls `onHead` for each request head that arrives, with its connection and the count of heads on it. */
export async function startScriptedUpstream(
  t: Pick<TestContext, 'after'>,
  onHead: (connection: ScriptedConnection, count: number) => void,
): Promise<ScriptedUpstream> {
  const connections: ScriptedConnection[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new Connection(socket, onHead);
    connections.push(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const { socket } of connections) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, connections };
}

class Connection implements ScriptedConnection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  received = '';
  #scanned = 0;
  #heads = 0;
  #waiting: { text: string; resolve: () => void }[] = [];

  constructor(socket: Socket, onHead: (connection: ScriptedConnection, count: number) => void) {
    this.socket = socket;
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => resolve());
      socket.on('end', () => resolve());
    });
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
      this.#waiting = this.#waiting.filter(({ text, resolve }) => {
        if (!this.received.includes(text)) return true;
        resolve();
        return false;
      });
      for (;;) {
        const end = this.received.indexOf('\r\n\r\n', this.#scanned);
        if (end < 0) return;
        this.#scanned = end + 4;
        this.#heads++;
        onHead(this, this.#heads);
      }
    });
  }

  until(text: string): Promise<void> {
    if (this.received.includes(text)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ text, resolve }));
  }
}
