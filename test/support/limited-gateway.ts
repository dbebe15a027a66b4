// The real gateway with limits of the test's own, and clients that it admits.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { freePort } from './free-port.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { scenarioCertificates } from './scenario-certificates.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface LimitedSetup {
  /** As in a configuration: `connections: 3, idle: 1s`. */
  readonly limits: string;
  /** Further routes, before those that answer /x, which is `one`, and /big, which is 8 MiB of zeros. */
  readonly routes?: string;
  readonly timeout?: string;
  readonly workers?: number;
  /** Most files that the process may have open. */
  readonly openFiles?: number;
}

export const BIG_BYTES = 8 * 1024 * 1024;

export class LimitedGateway {
  readonly process: GatewayProcess;
  readonly port: number;
  readonly #t: Pick<TestContext, 'after'>;
  readonly #pair: { cert: Buffer; key: Buffer };
  readonly #write: (limits: string) => void;

  static async start(t: Pick<TestContext, 'after'>, setup: LimitedSetup): Promise<LimitedGateway> {
    const certificates = await scenarioCertificates('webServer');
    const port = await freePort();
    const files = await temporaryFolder(t, { big: Buffer.alloc(BIG_BYTES) });
    const configure = (limits: string): string => `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${certificates}/server.crt
      key_file: ${certificates}/server.key
      ca_file: ${certificates}/ca.crt
      verify: true
      timeout: ${setup.timeout ?? '10s'}
    limits: { ${limits} }
    routes:
${setup.routes ?? ''}
      - match: { path: /x }
        respond: { body: one }
      - match: { path: /big }
        upstream: file://${files}
workers: ${setup.workers ?? 1}
`;
    const folder = await temporaryFolder(t, { 'gateway.yaml': configure(setup.limits) });
    const file = join(folder, 'gateway.yaml');
    const { openFiles } = setup;
    const gateway = await startGateway(
      t,
      ['run', file],
      openFiles === undefined ? {} : { openFiles },
    );
    const write = (limits: string): void => writeFileSync(file, configure(limits));
    return new LimitedGateway(t, gateway, port, certificates, write);
  }

  private constructor(
    t: Pick<TestContext, 'after'>,
    gateway: GatewayProcess,
    port: number,
    certificates: string,
    write: (limits: string) => void,
  ) {
    this.#t = t;
    this.#write = write;
    this.process = gateway;
    this.port = port;
    this.#pair = {
      cert: readFileSync(join(certificates, 'client.crt')),
      key: readFileSync(join(certificates, 'client.key')),
    };
  }

  /** Gives it other limits while it runs. */
  async reload(limits: string): Promise<void> {
    const before = this.process.log.length;
    this.#write(limits);
    await until(
      () => this.process.log.slice(before).some(({ event }) => event === 'reloaded'),
      'it has reloaded',
    );
  }

  /** A TCP connection on which nothing is sent. */
  async plain(from?: string): Promise<Socket> {
    const socket = connectPlain({
      host: '127.0.0.1',
      port: this.port,
      ...(from === undefined ? {} : { localAddress: from }),
    });
    this.#t.after(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** A connection whose client is admitted. Rejects where it is closed before. */
  async admitted(alpn: 'http/1.1' | 'h2' = 'http/1.1', from?: string): Promise<TLSSocket> {
    const socket = connect({
      host: '127.0.0.1',
      port: this.port,
      ...(from === undefined ? {} : { localAddress: from }),
      rejectUnauthorized: false,
      ALPNProtocols: [alpn],
      ...this.#pair,
    });
    this.#t.after(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  }

  /** What a client of its own is answered, on a connection of its own, to GET /x. */
  async ask(from?: string): Promise<string> {
    const socket = await this.admitted('http/1.1', from);
    const answer = await askOn(socket);
    socket.destroy();
    return answer;
  }

  /** How often a limit closed connections for this cause, as the log says; and in how many lines. */
  refused(cause: string): { count: number; lines: number } {
    const lines = this.process.log.filter(
      (line) => line['event'] === 'connections-refused' && line['cause'] === cause,
    );
    return {
      count: lines.reduce((sum, line) => sum + Number(line['count']), 0),
      lines: lines.length,
    };
  }
}

/** GET /x on a connection that stays: the body of the answer. */
export async function askOn(socket: TLSSocket): Promise<string> {
  socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const ended = once(socket, 'close').then(() => {
    throw new Error('closed without an answer');
  });
  const [bytes] = (await Promise.race([once(socket, 'data'), ended])) as [Buffer];
  return bytes.toString('latin1').split('\r\n\r\n')[1] ?? '';
}

/** Resolves once `isSo`; fails after `withinMs`. */
export async function until(isSo: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const giveUp = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > giveUp) throw new Error(`not so after ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
