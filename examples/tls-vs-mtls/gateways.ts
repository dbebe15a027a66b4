// Two gateways with the same certificate: one asks its clients for theirs, the other doesn't.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');

export interface RunningGateway {
  readonly port: number;
  readonly pid: number;
}

export interface Gateways {
  /** Shows its certificate and asks for none. */
  readonly tls: RunningGateway;
  /** Requires a client certificate. */
  readonly mutual: RunningGateway;
  readonly caPem: string;
  readonly client: { readonly certPem: string; readonly keyPem: string };
  close(): Promise<void>;
}

/** Makes the certificates by the commands that a user would type, and starts both gateways. */
export async function startGateways(folder: string): Promise<Gateways> {
  await countersign(folder, 'init');
  await countersign(folder, 'issue', 'server', 'localhost', '127.0.0.1');
  await countersign(folder, 'issue', 'client', 'alice@example.com');
  const read = (name: string): Promise<string> =>
    readFile(join(folder, '.countersign', name), 'utf8');
  const tls = await start(folder, 'tls', 'verify: false');
  const mutual = await start(folder, 'mutual', 'ca_file: .countersign/ca.crt, verify: true');
  return {
    tls,
    mutual,
    caPem: await read('ca.crt'),
    client: {
      certPem: await read('alice@example.com.crt'),
      keyPem: await read('alice@example.com.key'),
    },
    close: async () => {
      await Promise.all([tls.stop(), mutual.stop()]);
    },
  };
}

async function countersign(cwd: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [ENTRY, ...args], { cwd });
}

async function start(
  folder: string,
  name: string,
  clientAuthentication: string,
): Promise<RunningGateway & { stop(): Promise<void> }> {
  const file = join(folder, `${name}.yaml`);
  const certificate = 'cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key';
  await writeFile(
    file,
    `workers: 1
listeners:
  - listen: 127.0.0.1:0
    protocol: https
    tls: { ${certificate}, ${clientAuthentication} }
    routes: [{ respond: { status: 200, body: Hello World } }]
`,
  );
  const child = spawn(process.execPath, [ENTRY, 'run', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  // Only the line that names the port is wanted; the rest must not fill the pipe.
  const lines = createInterface({ input: child.stderr });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    lines.on('line', (line) => {
      const found = /"event":"listening".*"address":"[^"]*:(\d+)"/.exec(line)?.[1];
      if (found !== undefined) resolve(Number(found));
      else if (said.length < 2000) said += `${line}\n`;
    });
    void exited.then(() => reject(new Error(`the gateway ended at once:\n${said}`)));
  });
  return {
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
