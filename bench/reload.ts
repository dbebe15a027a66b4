// What clients see of a new configuration while they ask.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { clientFiles } from './certificates.ts';
import { type BenchSettings, fileName } from './comparison.ts';
import { startLoad } from './load/load.ts';
import type { LoadResult } from './load/plan.ts';
import { percentile } from './median.ts';
import { newestOf } from './peers/choice.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import { failedRow, figureRow, type Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { startNginxUpstream } from './upstreams.ts';

const BODY = 'hello world, from the service behind';
const CONNECTIONS = 32;
/** Between an answer and the next request: the server is far from busy. */
const PAUSE_MS = 10;
const APART_MS = 2500;
const RELOADS = 5;
const SECOND_MS = 1000;

/** What is written anew in a configuration, and the file that has it. */
const CHANGES: readonly (readonly [RegExp, string, RegExp])[] = [
  [/^countersign$/, 'gateway.yaml', /(?<=idle: )\d+/],
  [/^nginx/, 'nginx.conf', /(?<=keepalive_timeout )\d+/],
];

/** Ours and nginx, told by SIGHUP five times that a time limit in their file has changed. */
export async function benchReload(settings: BenchSettings): Promise<Row[]> {
  const scenario = 'reload: requests while the configuration changes';
  const upstream = await startNginxUpstream(settings.folder, BODY);
  const rows: Row[] = [];
  try {
    for (const peer of newestOf(settings.peers)) {
      const change = CHANGES.find(([name]) => name.test(peer.name));
      if (change === undefined) continue;
      const [, file, limit] = change;
      try {
        rows.push(await measure(settings, peer, scenario, { port: upstream.port, file, limit }));
      } catch (error) {
        rows.push(failedRow(scenario, peer.name, error));
      }
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
  service: { readonly port: number; readonly file: string; readonly limit: RegExp },
): Promise<Row> {
  const { certificates } = settings;
  const folder = join(settings.folder, fileName(scenario), fileName(peer.name));
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const setup = {
    folder,
    port,
    certificates,
    upstreamPort: service.port,
    body: BODY,
    routes: 1,
  };
  const server = await startServer('contender', await peer.prepare(setup), folder, port);
  const load = startLoad(1);
  const ask = (durationMs: number): Promise<LoadResult> =>
    load.run({
      mode: 'keep-alive',
      port,
      path: '/',
      body: BODY,
      ...clientFiles(certificates),
      concurrency: CONNECTIONS,
      pauseMs: PAUSE_MS,
      durationMs,
    });
  try {
    await ask(settings.warmUpMs);
    progress(`${scenario}: ${peer.name}, before`);
    const before = await ask(RELOADS * SECOND_MS);
    progress(`${scenario}: ${peer.name}, during`);
    const started = performance.now();
    const during = ask((RELOADS + 1) * APART_MS);
    const reloads = await reloadOften(server, join(folder, service.file), service.limit, started);
    return rowOf(scenario, peer.name, before, await during, reloads);
  } finally {
    load.stop();
    await server.stop();
  }
}

/** When each of them was, milliseconds from `started` on. */
async function reloadOften(
  { pid }: ServerProcess,
  file: string,
  limit: RegExp,
  started: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 1; round <= RELOADS; round++) {
    await delay(APART_MS);
    const text = await readFile(file, 'utf8');
    await writeFile(`${file}.new`, text.replace(limit, String(600 + round)));
    await rename(`${file}.new`, file);
    process.kill(pid, 'SIGHUP');
    times.push(performance.now() - started);
  }
  return times;
}

function rowOf(
  scenario: string,
  contender: string,
  before: LoadResult,
  during: LoadResult,
  reloads: readonly number[],
): Row {
  /** Latencies of what ended in the second that is so many after a reload. */
  const inSecond = (number: number): number[] =>
    during.latenciesMs.filter((_, index) => {
      const at = during.endedAtMs[index] ?? 0;
      return reloads.some((time) => Math.floor((at - time) / SECOND_MS) === number);
    });
  const usual = percentile(before.latenciesMs, 0.99);
  const value = percentile(inSecond(0), 0.99);
  const next = percentile(inSecond(1), 0.99);
  const slow = during.latenciesMs.filter((latency) => latency > 2 * usual).length;
  return figureRow(
    scenario,
    contender,
    { value, unit: 'p99 ms in the second after' },
    {
      operations: during.operations,
      errors: before.errors + during.errors,
      details: { p99BeforeMs: usual, p99AfterMs: value, p99NextMs: next },
      notes: [
        `p99 ${usual.toFixed(2)} ms before, ${value.toFixed(2)} ms in the second after a reload, ${next.toFixed(2)} ms in the next`,
        `of ${during.operations} requests ${during.errors} failed, ${during.retried} were asked again on another connection, ${slow} took more than twice the p99 from before`,
      ],
    },
  );
}
