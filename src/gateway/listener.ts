import type { Server, Socket } from 'node:net';
import { admitConnection } from '../frontends/admission.ts';
import type { Frontend } from '../frontends/frontend.ts';
import { HttpFrontend } from '../frontends/http/http-frontend.ts';
import { DEFAULT_HTTP_LIMITS } from '../frontends/http/options.ts';
import type { UpstreamClients } from '../frontends/http/origins/proxy.ts';
import { createUserDirectory, type UserDirectory } from '../identity/user-directory.ts';
import type { GatewayLog } from '../observability/log.ts';
import { type Acceptor, createAcceptor, type HandshakeOutcome } from '../tls/acceptor.ts';
import { bindAddress } from './bind.ts';
import type { ListenerOptions } from './options.ts';

/** One listening address with what stands behind it: acceptor, user directory, frontend. */
export class GatewayListener {
  address = '';
  #options: ListenerOptions;
  #log: GatewayLog;
  #servers: readonly Server[] = [];
  #acceptor: Acceptor;
  #directory: UserDirectory | null;
  #frontend: Frontend;
  #connections = new Set<Socket>();
  #closed = Promise.withResolvers<void>();
  #closing = false;

  constructor(options: ListenerOptions, upstreams: UpstreamClients, log: GatewayLog) {
    this.#options = options;
    this.#log = log;
    this.#acceptor = createAcceptor(options.tls);
    this.#directory =
      options.users.length > 0 ? createUserDirectory(options.users, options.identity.dn) : null;
    const { contexts } = this.#acceptor;
    this.#frontend = new HttpFrontend(
      {
        site: options.site,
        sites: options.sites,
        contextBySni: (name) => contexts.contextFor(name),
        limits: DEFAULT_HTTP_LIMITS,
      },
      upstreams,
      log,
    );
  }

  /** Throws BindError. */
  async open(): Promise<void> {
    const bound = await bindAddress(this.#options.address, this.#accept);
    this.#servers = bound.servers;
    this.address = bound.address;
    this.#log.listening(this.#options.name, bound.address, this.#options.protocol);
  }

  /** Resolves when every connection is gone, at the latest after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const server of this.#servers) server.close();
    this.#frontend.drain();
    if (this.#connections.size === 0) return;
    const timer = setTimeout(() => {
      for (const socket of this.#connections) socket.destroy();
    }, graceMs);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #accept = (socket: Socket): void => {
    this.#connections.add(socket);
    socket.once('close', this.#forget.bind(this, socket));
    this.#acceptor.accept(socket, this.#decide);
  };

  #forget(socket: Socket): void {
    this.#connections.delete(socket);
    if (this.#closing && this.#connections.size === 0) this.#closed.resolve();
  }

  #decide = (outcome: HandshakeOutcome): void => {
    if (outcome.kind === 'failed') {
      this.#log.handshake(outcome.record);
      return;
    }
    const connection = admitConnection(outcome, this.#directory, Date.now());
    this.#log.handshake(connection.record);
    if (connection.decision.decision === 'admit' || this.#frontend.servesRefused(connection)) {
      this.#frontend.serve(connection);
    } else {
      connection.socket.destroy();
    }
  };
}
