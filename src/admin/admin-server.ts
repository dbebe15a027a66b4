import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { type AdminApi, adminApi, type ApiServices } from './api/api.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import { healthRoutes } from './health.ts';
import { guard, ownHosts } from './host-check.ts';
import { metricsRoutes } from './metrics.ts';
import type { RunningGateway } from './running-gateway.ts';
import { readWebFiles, type WebFile } from './web-files.ts';

/** A connection on which nothing moves for this long is closed. */
const IDLE_MS = 60_000;
/** Connections at a time; one more is closed at once. */
const MAX_CONNECTIONS = 256;

/**
 * The HTTP server of the admin listener: health, and the dashboard's files for whatever no other route
 * answers. Listens nowhere itself; connections are given to it.
 */
export class AdminServer {
  readonly #server: Server;
  readonly #api: AdminApi;
  readonly #connections = new Set<Socket>();
  /** Who came with the client certificate of an administrator. */
  readonly #administrators = new WeakMap<object, string>();

  /**
   * `address`: as bound, such as `127.0.0.1:9180`; `names`: those of its certificate, null without TLS.
   * Requests for any other host are refused.
   */
  constructor(
    gateway: RunningGateway,
    api: ApiServices,
    address: string,
    names: readonly string[] | null,
  ) {
    this.#api = adminApi(gateway, api, (socket) => this.#administrators.get(socket) ?? null);
    const app = new Hono()
      .use(guard(ownHosts(address, names)))
      .route('/', healthRoutes(gateway))
      .route('/', metricsRoutes(gateway))
      .route('/', this.#api.routes)
      .route('/', webRoutes(readWebFiles()))
      .notFound((c) => c.text('There is no such page.\n', 404));
    this.#server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
    this.#server.timeout = IDLE_MS;
  }

  /** `administrator`: whose client certificate it came with; null: nobody's. */
  accept(socket: Socket, administrator: string | null): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    if (administrator !== null) this.#administrators.set(socket, administrator);
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    this.#server.emit('connection', socket);
    socket.resume();
  }

  /** Told of each snapshot that is in force. */
  applied(options: GatewayOptions): void {
    this.#api.applied(options);
  }

  /** Closes every connection at once. */
  close(): void {
    for (const socket of this.#connections) socket.destroy();
  }
}

function webRoutes(files: ReadonlyMap<string, WebFile>): Hono {
  return new Hono().get('*', async (c, next) => {
    const file = files.get(c.req.path);
    if (file === undefined) return next();
    c.header('Content-Type', file.type);
    c.header('Cache-Control', 'no-cache');
    return c.body(file.body);
  });
}
