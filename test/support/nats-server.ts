// An unmodified nats-server, and clients for it and what stands before it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ConnectionOptions, type NatsConnection } from 'nats';
import { freePort } from './free-port.ts';
import { programPath } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const START_LIMIT_MS = 10_000;

export interface NatsServer {
  readonly port: number;
  readonly process: ChildProcess;
  /** Where its configuration lies. */
  readonly folder: string;
}

/** Starts one with a configuration, `listen` aside; it ends with the test. `files` lie beside it. */
export async function startNatsServer(
  t: Pick<TestContext, 'after'>,
  configuration = '',
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<NatsServer> {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await writeFile(join(folder, 'nats.conf'), configuration);
  const port = await freePort();
  const args = ['-c', 'nats.conf', '-a', '127.0.0.1', '-p', String(port)];
  const child = spawn(programPath('nats-server'), args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-8192)));
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const end = performance.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > end) {
      throw new Error(`nats-server does not listen: ${said}`);
    }
    await delay(20);
  }
  return { port, process: child, folder };
}

/** The official client, which does not come again when its connection ends; it is closed with the test. */
export async function officialClient(
  t: Pick<TestContext, 'after'>,
  port: number,
  tls: ConnectionOptions['tls'] | undefined,
  options: ConnectionOptions = {},
): Promise<NatsConnection> {
  const client = await connect({
    servers: `127.0.0.1:${port}`,
    reconnect: false,
    ...(tls === undefined ? {} : { tls }),
    ...options,
  });
  t.after(() => client.close());
  return client;
}

/** What the official client needs for one of a folder's certificates; null: none, the CA alone. */
export function clientTls(folder: string, name: string | null) {
  const caFile = join(folder, 'ca.crt');
  if (name === null) return { caFile };
  return { caFile, certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectPlain(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
