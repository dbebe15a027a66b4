// The NATS frontend behind a real handshake, in this process, in front of an upstream of the test's own.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { admitConnection } from '../../src/frontends/admission.ts';
import { NatsFrontend } from '../../src/frontends/nats/nats-frontend.ts';
import {
  DEFAULT_NATS_LIMITS,
  type NatsLimits,
  type NatsOptions,
  type NatsUserOptions,
} from '../../src/frontends/nats/options.ts';
import { createUserDirectory } from '../../src/identity/user-directory.ts';
import { createAcceptor, type HandshakeOutcome } from '../../src/tls/acceptor.ts';
import type { HandshakeRecord } from '../../src/tls/handshake-record.ts';
import type { ServerTlsOptions, TlsListenerOptions } from '../../src/tls/options.ts';
import type { UpstreamTlsOptions } from '../../src/upstreams/options.ts';
import { serverTls } from './accepting-server.ts';
import { NatsClient } from './nats-client.ts';
import { listenRaw } from './raw-listener.ts';
import { scenarioCertificates } from './scenario-certificates.ts';

export interface FrontSetup {
  readonly upstreamPort: number;
  readonly users?: Readonly<Record<string, Partial<NatsUserOptions>>>;
  readonly tls?: Partial<ServerTlsOptions>;
  readonly handshakeFirst?: boolean;
  readonly timeoutMs?: number;
  readonly limits?: Partial<NatsLimits>;
  readonly upstreamTls?: UpstreamTlsOptions;
  readonly tlsRule?: NatsOptions['upstreamTls'];
}

export class NatsFront {
  readonly port: number;
  readonly frontend: NatsFrontend;
  /** What was told, each as its name and what it is about. */
  readonly events: string[];
  readonly records: HandshakeRecord[];
  readonly #folder: string;
  readonly #t: Pick<TestContext, 'after'>;

  static async start(t: Pick<TestContext, 'after'>, setup: FrontSetup): Promise<NatsFront> {
    const folder = await scenarioCertificates('messaging');
    const events: string[] = [];
    const records: HandshakeRecord[] = [];
    const users = Object.entries(setup.users ?? {}).map(
      ([name, user]) => [name, { ...NOTHING, ...user }] as const,
    );
    const tls = listenerTls(folder, setup);
    const frontend = new NatsFrontend(natsOptions(setup, new Map(users)), tls, {
      upstreamFailed: (_upstream, { code }) => events.push(`upstream ${code}`),
      requestRefused: (_record, { detail }, method) => events.push(`${method}: ${detail}`),
      credentialsIgnored: (_record, user, sent) => events.push(`${sent} is ${user}`),
    });
    const names = users.map(([name]) => name);
    const directory = names.length === 0 ? null : createUserDirectory(names, 'exact');
    const acceptor = createAcceptor(tls);
    const done = (outcome: HandshakeOutcome): void => {
      records.push(outcome.record);
      if (outcome.kind === 'failed') return;
      const accepted = admitConnection(outcome, directory, Date.now());
      const isRefused = accepted.decision.decision === 'refuse';
      if (isRefused && !frontend.servesRefused(accepted)) accepted.socket.destroy();
      else frontend.serve(accepted);
    };
    const server = await listenRaw(t, (raw) => acceptor.accept(raw, done, frontend.greet));
    return new NatsFront(t, server, folder, frontend, events, records);
  }

  private constructor(
    t: Pick<TestContext, 'after'>,
    server: Server,
    folder: string,
    frontend: NatsFrontend,
    events: string[],
    records: HandshakeRecord[],
  ) {
    this.#t = t;
    this.port = (server.address() as AddressInfo).port;
    this.#folder = folder;
    this.frontend = frontend;
    this.events = events;
    this.records = records;
  }

  /** A client with one of the scenario's certificates, or without. */
  async client(
    name: string | null = 'derek',
    order: Parameters<typeof NatsClient.connect>[2] = 'info-first',
  ): Promise<NatsClient> {
    const identity = name === null ? null : { folder: this.#folder, name };
    const client = await NatsClient.connect(this.port, identity, order);
    this.#t.after(() => client.close());
    return client;
  }
}

const NOTHING: NatsUserOptions = { password: null, permissions: null, credentials: null };

function listenerTls(folder: string, setup: FrontSetup): TlsListenerOptions {
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const pair = { certPem: file('server.crt'), keyPem: file('server.key') };
  const mapping = setup.users !== undefined;
  return {
    name: '127.0.0.1:0',
    fallback: serverTls(pair, [file('ca.crt')], { mapping, ...setup.tls }),
    certificates: [],
    alpn: [],
    timeoutMs: setup.timeoutMs ?? 5000,
    maxInFlight: 100,
    answersPlainHttp: false,
  };
}

function natsOptions(setup: FrontSetup, users: ReadonlyMap<string, NatsUserOptions>): NatsOptions {
  return {
    upstream: {
      name: 'upstream',
      address: { kind: 'tcp', host: '127.0.0.1', port: setup.upstreamPort },
      tls: setup.upstreamTls ?? null,
      connectTimeoutMs: 2000,
      idleTimeoutMs: 0,
      maxIdle: 0,
    },
    upstreamTls: setup.tlsRule ?? 'when-asked',
    handshakeFirst: setup.handshakeFirst ?? false,
    users,
    limits: { ...DEFAULT_NATS_LIMITS, ...setup.limits },
  };
}

/** An upstream that says what the test tells it to. Connections are taken in their order. */
export class ScriptedNats {
  readonly port: number;
  readonly #waiting: ((connection: NatsClient) => void)[] = [];
  readonly #arrived: NatsClient[] = [];

  static async start(
    t: Pick<TestContext, 'after'>,
    info: string | null = INFO,
  ): Promise<ScriptedNats> {
    let scripted: ScriptedNats | null = null;
    const server = await listen(t, (socket) => {
      if (info !== null) socket.write(info);
      scripted?.arrive(new NatsClient(socket, null));
    });
    scripted = new ScriptedNats((server.address() as AddressInfo).port);
    return scripted;
  }

  private constructor(port: number) {
    this.port = port;
  }

  arrive(connection: NatsClient): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#arrived.push(connection);
    else waiter(connection);
  }

  /** The next connection from the front; what it sends is what `read` reads. */
  next(): Promise<NatsClient> {
    const connection = this.#arrived.shift();
    if (connection !== undefined) return Promise.resolve(connection);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How many connections came that nobody has asked for. */
  get unclaimed(): number {
    return this.#arrived.length;
  }
}

const INFO =
  'INFO {"server_id":"N","version":"2.9.10","proto":1,"headers":true,"max_payload":1024,"connect_urls":["10.0.0.1:1"]}\r\n';

async function listen(
  t: Pick<TestContext, 'after'>,
  take: (socket: Socket) => void,
): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    take(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return server;
}
