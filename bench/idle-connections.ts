// What servers hold in memory for connections that do nothing.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { clientFiles } from './certificates.ts';
import { type BenchSettings, fileName } from './comparison.ts';
import { type Load, startLoad } from './load/load.ts';
import type { LoadPlan } from './load/plan.ts';
import { memoryKb } from './memory.ts';
import { newestOf } from './peers/choice.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import { failedRow, figureRow, type Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { startNginxUpstream } from './upstreams.ts';

const BODY = 'hello world, from the service behind';
const MANY = 10_000;
const HOLD_LIMIT_MS = 180_000;
const SETTLED = 0.005;
const MOST_SAMPLES = 8;
/** Descriptors of a program that are not connections. */
const OTHER_FILES = 500;

/**
 * Memory of all processes of a server without connections, with a thousand and with ten thousand that were
 * answered once. What relays bytes, ours and hitch, has an upstream connection for each; others answer themselves.
 */
export async function benchIdleConnections(
  settings: BenchSettings,
  streamPeers: readonly Peer[],
): Promise<Row[]> {
  const upstream = await startNginxUpstream(settings.folder, BODY);
  const most = settings.isShort ? MANY / 10 : MANY;
  const rows: Row[] = [];
  try {
    for (const peer of newestOf(settings.peers)) {
      rows.push(await measure(settings, peer, 'memory: an idle connection', null, most));
    }
    for (const peer of streamPeers.filter(({ name }) => /^(countersign$|hitch)/.test(name))) {
      const scenario = 'memory: an idle connection of bytes and that to the upstream';
      const room = Math.floor((openFilesLimit() - OTHER_FILES) / 2 / 10) * 10;
      rows.push(await measure(settings, peer, scenario, upstream.port, Math.min(most, room)));
    }
    return rows;
  } finally {
    await upstream.stop();
  }
}

async function measure(
  settings: BenchSettings,
  peer: Peer,
  scenario: string,
  upstreamPort: number | null,
  most: number,
): Promise<Row> {
  const { certificates } = settings;
  const folder = join(settings.folder, fileName(scenario), fileName(peer.name));
  const port = await freePort();
  const load = startLoad(1);
  let server: ServerProcess | null = null;
  try {
    progress(`${scenario}: ${peer.name}`);
    await mkdir(folder, { recursive: true });
    const setup = { folder, port, certificates, upstreamPort, body: BODY, routes: 1 };
    server = await startServer('contender', await peer.prepare(setup), folder, port);
    const plan = {
      port,
      path: '/',
      body: BODY,
      ...clientFiles(certificates),
      concurrency: 1,
      durationMs: 1,
    };
    await load.run({ ...plan, mode: 'full' });
    const none = await settledKb(server.pid);
    const tenth = await held(load, server, plan, 0, most / 10);
    const all = await held(load, server, plan, most / 10, most);
    const value = (all - none) / most;
    return figureRow(
      scenario,
      peer.name,
      { value, unit: 'KB a connection' },
      {
        notes: [
          `${megabytes(none)} without, ${megabytes(tenth)} with ${most / 10}, ${megabytes(all)} with ${most} connections`,
        ],
      },
    );
  } catch (error) {
    return failedRow(scenario, peer.name, error);
  } finally {
    load.stop();
    await server?.stop();
  }
}

/** What the server holds when so many are open. */
async function held(
  load: Load,
  server: ServerProcess,
  plan: Omit<LoadPlan, 'mode'>,
  already: number,
  connections: number,
): Promise<number> {
  const result = await load.run({
    ...plan,
    mode: 'hold',
    concurrency: connections,
    durationMs: HOLD_LIMIT_MS,
  });
  if (result.errors > 0) {
    throw new Error(`of ${connections} connections ${result.errors} failed: ${result.firstError}`);
  }
  if (already + result.operations < connections) {
    const seconds = HOLD_LIMIT_MS / 1000;
    throw new Error(`${already + result.operations} of ${connections} connections in ${seconds} s`);
  }
  return settledKb(server.pid);
}

async function settledKb(pid: number): Promise<number> {
  let last = memoryKb(pid);
  for (let sample = 0; sample < MOST_SAMPLES; sample++) {
    await delay(500);
    const now = memoryKb(pid);
    if (Math.abs(now - last) < last * SETTLED) return now;
    last = now;
  }
  return last;
}

function openFilesLimit(): number {
  const text = readFileSync('/proc/self/limits', 'latin1');
  return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? 1024);
}

function megabytes(kilobytes: number): string {
  return `${(kilobytes / 1000).toFixed(1)} MB`;
}
