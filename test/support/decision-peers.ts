// The same clients at countersign, started and not, and at the real program that the configuration is of.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { Population } from './client-population.ts';
import { NatsClient } from './nats-client.ts';
import { programPath } from './programs.ts';

/** What became of a client. `user` is null for one that was refused, or is nobody. */
export interface Outcome {
  readonly admitted: boolean;
  readonly user: string | null;
}

/** What would become of a client; `code` is null for one that would be admitted. */
export interface ProvedOutcome extends Outcome {
  readonly code: string | null;
}

export const REFUSED: Outcome = { admitted: false, user: null };

/** A client without a certificate. */
export const NONE = 'none';

type Cleanup = Pick<TestContext, 'after'>;

/** What `adapt --prove` says, by label. */
export async function provedOutcomes(
  args: readonly string[],
  { folder, clients }: Population,
): Promise<Map<string, ProvedOutcome>> {
  const labels = [...clients.map(({ label }) => label), NONE];
  const files = labels.map((label) => (label === NONE ? NONE : `${label}.crt`));
  let out = '';
  let err = '';
  const status = await runCommandLine(['adapt', ...args, '--json', '--prove', ...files], '0', {
    stdout: (text) => (out += text),
    stderr: (text) => (err += text),
    env: {},
    cwd: folder,
    program: 'countersign',
    now: Date.now,
    askSecret: () => Promise.resolve(null),
  });
  if (status !== 0) throw new Error(err);
  const rows = JSON.parse(out) as {
    decision: string;
    user: string | null;
    code: string | null;
  }[];
  return new Map(
    rows.map(({ decision, user, code }, index) => [
      labels[index] ?? '',
      { ...(decision === 'admit' ? { admitted: true, user } : REFUSED), code },
    ]),
  );
}

/** Starts a program that listens on a port; it ends with the test. */
export async function startProgram(
  t: Cleanup,
  name: Parameters<typeof programPath>[0],
  args: readonly string[],
  port: number,
  cwd: string,
): Promise<void> {
  const child = spawn(programPath(name), args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  t.after(() => void child.kill('SIGKILL'));
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await canConnect(port)) return;
    if (child.exitCode !== null) break;
    await delay(25);
  }
  throw new Error(`${name} does not listen: ${complaint}`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Connects as a NATS client that calls itself by its label. The port that it came from; null: it was
 * refused. Whoever gets no INFO in time has met a busy machine, and tries again.
 */
export async function tryNats(port: number, folder: string, label: string): Promise<number | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryOnce(port, folder, label);
    } catch (error) {
      const { message } = error as Error;
      if (!message.startsWith('closed before INFO') || attempt === 5) throw error;
    }
  }
}

async function tryOnce(port: number, folder: string, label: string): Promise<number | null> {
  let client: NatsClient | null = null;
  try {
    client = await NatsClient.connect(port, label === NONE ? null : { folder, name: label });
    client.send(`CONNECT {"verbose":false,"name":"${label}"}\r\nPING\r\n`);
    const [answer] = await client.read(/PONG\r\n|-ERR .*\r\n/);
    return answer === 'PONG\r\n' ? (client.socket.localPort ?? null) : null;
  } catch (error) {
    if ((error as Error).message.startsWith('closed, waiting')) return null;
    throw error;
  } finally {
    client?.close();
  }
}

/** Whom a nats-server took each connection for, by the name that it gave itself. */
export async function natsUsers(monitor: number): Promise<Map<string, string>> {
  const url = `http://127.0.0.1:${monitor}/connz?auth=1&state=all&limit=5000`;
  const answer = (await (await fetch(url)).json()) as {
    connections: { name?: string; authorized_user?: string }[];
  };
  return new Map(
    answer.connections.map(({ name = '', authorized_user: user = '' }) => [name, user]),
  );
}

/** The status that a web server answers a GET of `/`; null: it ended the connection. */
export async function tryHttps(
  port: number,
  folder: string,
  label: string,
  sni: string,
  path = '/',
): Promise<number | null> {
  const identity =
    label === NONE
      ? {}
      : {
          cert: await readFile(join(folder, `${label}.crt`)),
          key: await readFile(join(folder, `${label}.key`)),
        };
  return new Promise((resolve) => {
    let text = '';
    const socket = connectTls({
      host: '127.0.0.1',
      port,
      servername: sni,
      rejectUnauthorized: false,
      ...identity,
    });
    const timer = setTimeout(() => socket.destroy(), 5000);
    socket.setEncoding('latin1');
    socket.once('secureConnect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${sni}\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (part: string) => (text += part));
    socket.on('error', () => {});
    socket.once('close', () => {
      clearTimeout(timer);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      resolve(status === undefined ? null : Number(status));
    });
  });
}
