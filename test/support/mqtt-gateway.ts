// A gateway before a mosquitto, and the client from npm that reaches it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { gatewayOptions, type LiveGateway, startLiveGateway } from './live-gateway.ts';
import { type Mosquitto, startMosquitto } from './mosquitto.ts';
import { scenarioCertificates } from './scenario-certificates.ts';

export const DEREK = 'derek@nats.io';
export const CNCF = 'CN=example.com,OU=CNCF';

export interface MqttGateway {
  readonly folder: string;
  readonly broker: Mosquitto;
  readonly gateway: LiveGateway;
  /** A client with one of the scenario's certificates; version 5 unless given. It does not come again. */
  readonly client: (name: string, options?: IClientOptions) => Promise<MqttClient>;
}

export interface MqttGatewaySetup {
  readonly users?: readonly object[];
  readonly listener?: object;
  readonly tls?: object;
  readonly broker?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** Everybody of the scenario whom `users` name is mapped; `derek` and `cncf` unless given. */
export async function startMqttGateway(
  t: TestContext,
  { users, listener, tls, broker: settings, files }: MqttGatewaySetup = {},
): Promise<MqttGateway> {
  const folder = await scenarioCertificates('messaging');
  const broker = await startMosquitto(t, settings, files);
  const pair = { cert_file: join(folder, 'server.crt'), key_file: join(folder, 'server.key') };
  const options = gatewayOptions({
    listeners: [
      {
        listen: '127.0.0.1:0',
        protocol: 'mqtt',
        tls: { ...pair, ca_file: join(folder, 'ca.crt'), verify_and_map: true, ...tls },
        upstream: `mqtt://127.0.0.1:${broker.port}`,
        ...listener,
      },
    ],
    authorization: { users: users ?? [{ user: DEREK }, { user: CNCF }] },
  });
  const gateway = await startLiveGateway(t, options);
  return {
    folder,
    broker,
    gateway,
    client: (name, more = {}) => npmClient(t, gateway.port, folder, name, more),
  };
}

/** The same client at any port. Rejects where CONNACK refuses it. */
export async function npmClient(
  t: Pick<TestContext, 'after'>,
  port: number,
  folder: string,
  name: string,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const file = (suffix: string): Buffer => readFileSync(join(folder, `${name}.${suffix}`));
  const client = connect(`mqtts://localhost:${port}`, {
    ca: readFileSync(join(folder, 'ca.crt')),
    cert: file('crt'),
    key: file('key'),
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...options,
  });
  t.after(() => client.endAsync(true));
  inboxes.set(client, new Inbox(client));
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve());
    client.once('error', reject);
    client.once('close', () => reject(new Error('closed')));
  });
  return client;
}

const inboxes = new WeakMap<MqttClient, Inbox>();

/** Everything that has arrived at a client of `npmClient` and arrives yet. */
export function inboxOf(client: MqttClient): Inbox {
  return inboxes.get(client) ?? new Inbox(client);
}

/** When a client's connection is closed. */
export function closed(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('close', () => resolve()));
}

/** What arrives at a client, as topic and payload, from now on. */
class Inbox {
  readonly #came: string[] = [];
  #changed: (() => void)[] = [];

  constructor(client: MqttClient) {
    client.on('message', (topic, payload) => {
      this.#came.push(`${topic}: ${payload.toString()}`);
      for (const change of this.#changed.splice(0)) change();
    });
  }

  /** Waits for as many; all that came, in order, are given and forgotten. */
  async take(count: number): Promise<string[]> {
    const end = performance.now() + 10_000;
    while (this.#came.length < count) {
      const rest = end - performance.now();
      if (rest <= 0) throw new Error(`${count} were to come; came: ${this.#came.join(', ')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#changed.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return this.#came.splice(0);
  }
}
