// An unmodified mosquitto, and its clients.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { programPath } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const START_LIMIT_MS = 10_000;
const PROGRAM_LIMIT_MS = 20_000;

export interface Mosquitto {
  readonly port: number;
  readonly process: ChildProcess;
  /** Where its configuration lies. */
  readonly folder: string;
}

/** Starts one with a configuration, `listener` aside; it ends with the test. `files` lie beside it. */
export async function startMosquitto(
  t: Pick<TestContext, 'after'>,
  configuration = 'allow_anonymous true\n',
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Mosquitto> {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const port = await freePort();
  // Options of a listener stand behind it. Debian's mosquitto would give up its rights otherwise.
  const own = `${process.getuid?.() === 0 ? 'user root\n' : ''}listener ${port} 127.0.0.1\n`;
  await writeFile(join(folder, 'mosquitto.conf'), `${own}${configuration}`);
  const child = spawn(programPath('mosquitto'), ['-c', 'mosquitto.conf'], {
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
      throw new Error(`mosquitto does not listen: ${said}`);
    }
    await delay(20);
  }
  return { port, process: child, folder };
}

/** What mosquitto_pub and mosquitto_sub need to reach a port by TLS. */
export function tlsArguments(folder: string, name: string, port: number): string[] {
  const file = (suffix: string): string => join(folder, suffix);
  return ['-h', 'localhost', '-p', String(port), '--cafile', file('ca.crt')].concat([
    '--cert',
    file(`${name}.crt`),
    '--key',
    file(`${name}.key`),
  ]);
}

export interface ProgramResult {
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of mosquitto's clients to its end, which comes after 20 seconds at the latest. */
export function runMosquittoClient(
  name: 'mosquitto_pub' | 'mosquitto_sub',
  args: readonly string[],
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    execFile(programPath(name), args, { timeout: PROGRAM_LIMIT_MS }, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    );
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
