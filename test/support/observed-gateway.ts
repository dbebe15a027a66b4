// A gateway with a state directory, whose clients are curl, and the commands that ask it.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObserveReadiness } from '../../src/gateway/status.ts';
import { curl, type CurlResult } from './curl.ts';
import { freePort } from './free-port.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { scenarioCertificates } from './scenario-certificates.ts';
import { Shell } from './shell.ts';

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');
const LIMIT_MS = 20_000;

export interface ObservedGateway {
  readonly port: number;
  readonly folder: string;
  readonly path: string;
  readonly shell: Shell;
  readonly start: () => Promise<GatewayProcess>;
  /** One request, with the certificate of this name in the scenario `webServer`. */
  readonly ask: (name: string | null) => Promise<CurlResult>;
  readonly readiness: (
    ...more: string[]
  ) => Promise<{ readonly status: number; readonly said: ObserveReadiness }>;
}

/** Not started yet. `rest`: further lines at the top of its configuration. */
export async function observedGateway(
  t: TestContext,
  { verify, rest = '' }: { readonly verify: 'true' | 'observe'; readonly rest?: string },
): Promise<ObservedGateway> {
  const certificates = await scenarioCertificates('webServer');
  const port = await freePort();
  const shell = await Shell.open(t);
  const { folder } = shell;
  const path = join(folder, 'gateway.yaml');
  const file = (name: string): string => join(certificates, name);
  await writeFile(
    path,
    `listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: ${file('server.crt')}, key_file: ${file('server.key')}, ca_file: ${file('ca.crt')}, verify: ${verify} }
    routes:
      - respond: { status: 200, body: hello }
authorization: { users: [{ user: alice@example.com }] }
${rest}
`,
  );
  return {
    port,
    folder,
    path,
    shell,
    start: () => startGateway(t, ['run', path]),
    ask: (name) =>
      curl([
        '--cacert',
        file('ca.crt'),
        ...(name === null ? [] : ['--cert', file(`${name}.crt`), '--key', file(`${name}.key`)]),
        `https://localhost:${port}/`,
      ]),
    async readiness(...more) {
      const words = ['status', '--readiness', '--config', path, '--json', ...more];
      const { status, stdout } = await shell.run(...words);
      return { status, said: JSON.parse(stdout) as ObserveReadiness };
    },
  };
}

export interface Tail {
  readonly process: ChildProcess;
  /** So far; it grows. */
  readonly lines: readonly string[];
  /** What standard error holds so far. */
  readonly stderr: () => string;
  /** Resolves to the exit status; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** `countersign tail`, as a process of its own. */
export function startTail(t: TestContext, ...args: readonly string[]): Tail {
  const child = spawn(process.execPath, [ENTRY, 'tail', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { process: child, lines, stderr: () => stderr, ended };
}

/** Looks again and again, doing `between` meanwhile, until there is something; fails after 20 s. */
export async function until<Found>(
  look: () => Found | undefined | Promise<Found | undefined>,
  between: () => Promise<unknown> = () => delay(50),
): Promise<Found> {
  for (const begun = Date.now(); Date.now() - begun < LIMIT_MS; ) {
    const found = await look();
    if (found !== undefined) return found;
    await between();
  }
  throw new Error('nothing was found in time');
}
