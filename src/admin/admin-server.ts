import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { adminApi, type ApiServices } from './api/api.ts';
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
  readonly #connections = new Set<Socket>();

  /** `address`: as bound, such as `127.0.0.1:9180`; requests for any other host are refused. */
  constructor(gateway: RunningGateway, api: ApiServices, address: string) {
    const app = new Hono()
      .use(guard(ownHosts(address)))
      .route('/', healthRoutes(gateway))
      .route('/', metricsRoutes(gateway))
      .route(
        '/',
        adminApi(gateway, api, () => null),
      )
      .route('/', webRoutes(readWebFiles()))
      .notFound((c) => c.text('There is no such page.\n', 404));
    this.#server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
    this.#server.timeout = IDLE_MS;
  }

  accept(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    this.#server.emit('connection', socket);
    socket.resume();
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
