import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ClientFacts, Exchange } from '../../src/frontends/http/exchange.ts';
import { Http1Connection } from '../../src/frontends/http/http1.ts';
import type { HttpLimits } from '../../src/frontends/http/options.ts';

export const anonymousClient: ClientFacts = {
  handshakeId: 'handshake-1',
  remoteAddress: '192.0.2.1',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: null,
  subject: '',
  issuer: '',
  serialNumber: '',
  verification: 'NONE',
  sans: [],
  chain: [],
  fingerprint: '',
};

export const patientLimits: HttpLimits = {
  maxHeadBytes: 32_768,
  maxFields: 100,
  headTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  stallTimeoutMs: 30_000,
  lifetimeMs: 60_000,
  maxStreams: 128,
  maxRequests: 100_000,
  responseTimeoutMs: 30_000,
};

/** Http1Connections on plain TCP, answered by one function. */
export class Http1Site {
  /** The connections accepted so far, and the sockets they are on. */
  readonly connections: Http1Connection[] = [];
  readonly sockets: Socket[] = [];
  #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(
    handle: (exchange: Exchange) => void,
    limits: Partial<HttpLimits> = {},
  ): Promise<Http1Site> {
    const site = new Http1Site(createServer());
    site.#server.on('connection', (socket) => {
      site.sockets.push(socket);
      const session = { client: anonymousClient, handle };
      site.connections.push(new Http1Connection(socket, session, { ...patientLimits, ...limits }));
    });
    await new Promise<void>((resolve) => site.#server.listen(0, '127.0.0.1', resolve));
    return site;
  }

  async client(): Promise<RawClient> {
    const address = this.#server.address();
    assert.ok(address !== null && typeof address === 'object');
    const socket = connect(address.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    return new RawClient(socket);
  }

  [Symbol.dispose](): void {
    this.#server.close();
    for (const connection of this.connections) connection.destroy();
  }
}

/** A client that sends bytes as they are, and keeps what comes. */
export class RawClient {
  readonly socket: Socket;
  /** All that was received, latin1. */
  received = '';
  /** The other side has ended. */
  ended = false;
  /** The connection was reset. */
  error: NodeJS.ErrnoException | null = null;
  #changed: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
      this.#changed();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#changed();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error;
      this.#changed();
    });
    socket.on('close', () => this.#changed());
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves once what was received contains or matches it; answers all that was received. */
  async expect(what: string | RegExp): Promise<string> {
    const isThere = (): boolean =>
      typeof what === 'string' ? this.received.includes(what) : what.test(this.received);
    await this.#until(isThere, String(what));
    return this.received;
  }

  /** Resolves once the other side has closed; answers all that was received. */
  async closed(): Promise<string> {
    await this.#until(() => this.ended || this.socket.closed, 'the end');
    return this.received;
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const giveUp = Date.now() + 4000;
    while (!isSo()) {
      const left = giveUp - Date.now();
      assert.ok(left > 0, `waited for ${what}, received ${JSON.stringify(this.received)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
