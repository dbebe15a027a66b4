import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config/load.ts';
import { nodeFileSystem } from '../../src/config/node-file-system.ts';
import type { Finding } from '../../src/diagnostics/finding.ts';
import type { GatewayOptions } from '../../src/gateway/options.ts';
import type { LogLine } from '../support/gateway-process.ts';
import { freePort } from '../support/free-port.ts';
import { type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import type { RefusalCase } from './refusal-case.ts';

export interface CaseResult {
  readonly refusal: LogLine;
  readonly finding: Finding;
  /** What a person at a terminal reads. */
  readonly text: string;
  /** After the remedy: how the handshake ended, and what was refused on it all the same. */
  readonly mended: {
    readonly outcome: unknown;
    readonly refusals: number;
    readonly status: number;
  };
}

interface Hooks {
  after(hook: () => Promise<void>): void;
}

/** Makes the certificates of all cases in a folder. */
export async function makeCertificates(folder: string): Promise<void> {
  const script = join(import.meta.dirname, 'make-certificates.sh');
  await promisify(execFile)('sh', [script], { cwd: folder });
}

/** Provokes a refusal and applies its remedy, each on a gateway of its own. */
export async function runCase(t: Hooks, refusal: RefusalCase, folder: string): Promise<CaseResult> {
  const { mended } = refusal;
  const gateway = await start(t, refusal.configuration, folder);
  await shell(refusal.command, gateway.port, folder);
  const line = await gateway.waitForLine(isRefusal);
  const text = gateway.texts.find((one) => /^[\d:]{8} refused /.test(one)) ?? '';
  await gateway.stop();
  const finding = line['finding'] as Finding;

  if (mended.preparation !== undefined) await shell(mended.preparation, 0, folder);
  const upstream = mended.upstream === undefined ? 0 : await startNatsUpstream(t);
  const other = await start(t, mended.configuration ?? refusal.configuration, folder, upstream);
  const status = await shell(mended.command ?? refusal.command, other.port, folder);
  const handshake = await other.waitForLine(({ event }) => event === 'handshake');
  await other.stop();
  return {
    refusal: line,
    finding: { ...finding, detail: named(finding.detail), remedy: named(finding.remedy) },
    text: named(text),
    mended: {
      outcome: handshake['outcome'],
      refusals: other.lines.filter(isRefusal).length,
      status,
    },
  };
}

/** The listener as it is written in the case, though it listens on any free port. */
function named(text: string): string {
  return text.replaceAll('127.0.0.1:0', '127.0.0.1:9443');
}

function isRefusal({ event, outcome }: LogLine): boolean {
  return event === 'request-refused' || (event === 'handshake' && outcome === 'refused');
}

/** `$(cat FILE)` in a configuration is filled in, as a reader would by hand. */
async function start(
  t: Hooks,
  configuration: string,
  folder: string,
  upstream = 0,
): Promise<LiveGateway> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `cat <<END\n${configuration}\nEND\n`], {
    cwd: folder,
  });
  const file = join(folder, 'gateway.yaml');
  await writeFile(
    file,
    stdout.replaceAll(':9443', ':0').replaceAll(':4222', `:${upstream || (await freePort())}`),
  );
  return startLiveGateway(t, load(file));
}

function load(file: string): GatewayOptions {
  const environment = { cwd: '/', variables: {}, fileSystem: nodeFileSystem, now: Date.now() };
  const result = loadConfig(file, environment);
  if (result.kind === 'resolved') return result.options;
  throw new Error(result.errors.map(({ message }) => message).join('\n'));
}

/** Says what a nats-server says first, and listens to what clients say. */
async function startNatsUpstream(t: Hooks): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.write('INFO {"server_id":"A","version":"2.9.0","proto":1,"max_payload":1048576}\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => void server.close());
  return (server.address() as AddressInfo).port;
}

const ENTRY = join(import.meta.dirname, '../../bin/countersign.js');

/** Resolves to the exit status. */
async function shell(command: string, port: number, folder: string): Promise<number> {
  const own = `"${process.execPath}" "${ENTRY}" `;
  const local = command.replaceAll('9443', String(port)).replace(/^countersign /, own);
  try {
    await promisify(execFile)('sh', ['-c', local], { cwd: folder, timeout: 10_000 });
    return 0;
  } catch (error) {
    const { code } = error as { code?: unknown };
    return typeof code === 'number' ? code : -1;
  }
}
