// The MQTT frontend behind a real handshake, in this process, in front of an upstream of the test's own.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { admitConnection } from '../../src/frontends/admission.ts';
import { MqttFrontend } from '../../src/frontends/mqtt/mqtt-frontend.ts';
import type { MqttLimits, MqttOptions, MqttUserOptions } from '../../src/frontends/mqtt/options.ts';
import { createUserDirectory } from '../../src/identity/user-directory.ts';
import { createAcceptor, type HandshakeOutcome } from '../../src/tls/acceptor.ts';
import type { HandshakeRecord } from '../../src/tls/handshake-record.ts';
import type { ServerTlsOptions } from '../../src/tls/options.ts';
import { serverTls } from './accepting-server.ts';
import { MqttClient } from './mqtt-client.ts';
import { listenRaw } from './raw-listener.ts';
import { scenarioCertificates } from './scenario-certificates.ts';

export interface MqttFrontSetup {
  readonly upstreamPort: number;
  readonly users?: Readonly<Record<string, Partial<MqttUserOptions>>>;
  readonly tls?: Partial<ServerTlsOptions>;
  readonly clientId?: MqttOptions['clientId'];
  readonly limits?: Partial<MqttLimits>;
}

const LIMITS: MqttLimits = {
  maxPacket: 268_435_455,
  maxHeld: 65_536,
  connectTimeoutMs: 10_000,
  drainMs: 200,
};

export class MqttFront {
  readonly port: number;
  readonly frontend: MqttFrontend;
  /** What was told, each as its name and what it is about. */
  readonly events: string[];
  readonly records: HandshakeRecord[];
  readonly #folder: string;
  readonly #t: Pick<TestContext, 'after'>;

  static async start(t: Pick<TestContext, 'after'>, setup: MqttFrontSetup): Promise<MqttFront> {
    const folder = await scenarioCertificates('messaging');
    const events: string[] = [];
    const records: HandshakeRecord[] = [];
    const users = Object.entries(setup.users ?? {}).map(
      ([name, user]) => [name, { ...NOTHING, ...user }] as const,
    );
    const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const pair = { certPem: file('server.crt'), keyPem: file('server.key') };
    const mapping = setup.users !== undefined;
    const frontend = new MqttFrontend(optionsOf(setup, new Map(users)), {
      upstreamFailed: (_upstream, { code }) => events.push(`upstream ${code}`),
      requestRefused: (_record, { detail }, method) => events.push(`${method}: ${detail}`),
      credentialsIgnored: (_record, user, sent) => events.push(`${sent} is ${user}`),
    });
    const names = users.map(([name]) => name);
    const directory = names.length === 0 ? null : createUserDirectory(names, 'exact');
    const acceptor = createAcceptor({
      name: '127.0.0.1:0',
      fallback: serverTls(pair, [file('ca.crt')], { mapping, ...setup.tls }),
      certificates: [],
      alpn: [],
      timeoutMs: 5000,
      maxInFlight: 100,
      answersPlainHttp: false,
    });
    const done = (outcome: HandshakeOutcome): void => {
      records.push(outcome.record);
      if (outcome.kind === 'failed') return;
      const accepted = admitConnection(outcome, directory, Date.now());
      const isRefused = accepted.decision.decision === 'refuse';
      if (isRefused && !frontend.servesRefused(accepted)) accepted.socket.destroy();
      else frontend.serve(accepted);
    };
    const server = await listenRaw(t, (raw) => acceptor.accept(raw, done, frontend.greet));
    return new MqttFront(t, server, folder, frontend, events, records);
  }

  private constructor(
    t: Pick<TestContext, 'after'>,
    server: Server,
    folder: string,
    frontend: MqttFrontend,
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
  async client(name: string | null = 'derek'): Promise<MqttClient> {
    const client = await MqttClient.connect(this.port, this.#folder, name);
    this.#t.after(() => client.close());
    return client;
  }
}

const NOTHING: MqttUserOptions = { password: null, permissions: null, credentials: null };

function optionsOf(
  setup: MqttFrontSetup,
  users: ReadonlyMap<string, MqttUserOptions>,
): MqttOptions {
  return {
    upstream: {
      name: 'upstream',
      address: { kind: 'tcp', host: '127.0.0.1', port: setup.upstreamPort },
      tls: null,
      connectTimeoutMs: 2000,
      idleTimeoutMs: 0,
      maxIdle: 0,
    },
    clientId: setup.clientId ?? 'any',
    users,
    limits: { ...LIMITS, ...setup.limits },
  };
}

/** A broker that says what the test tells it to. Connections are taken in their order. */
export class ScriptedBroker {
  readonly port: number;
  readonly #waiting: ((connection: MqttClient) => void)[] = [];
  readonly #arrived: MqttClient[] = [];

  static async start(t: Pick<TestContext, 'after'>): Promise<ScriptedBroker> {
    let scripted: ScriptedBroker | null = null;
    const server = await listen(t, (socket) => scripted?.arrive(new MqttClient(socket)));
    scripted = new ScriptedBroker((server.address() as AddressInfo).port);
    return scripted;
  }

  private constructor(port: number) {
    this.port = port;
  }

  arrive(connection: MqttClient): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#arrived.push(connection);
    else waiter(connection);
  }

  /** The next connection from the front; what it sends is what `next` gives. */
  next(): Promise<MqttClient> {
    const connection = this.#arrived.shift();
    if (connection !== undefined) return Promise.resolve(connection);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How many connections came that nobody has asked for. */
  get unclaimed(): number {
    return this.#arrived.length;
  }
}

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
