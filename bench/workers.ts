// Two workers on two cores beside one.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { type BenchSettings, fileName, forConnections } from './comparison.ts';
import { cpuByProcess } from './cpu-time.ts';
import { startLoad } from './load/load.ts';
import { median } from './median.ts';
import { newestOf } from './peers/choice.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import { failedRow, figureRow, type Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const BODY = 'hello';
const CONNECTIONS = 32;

/**
 * Full handshakes by one worker and by two, of ours and of nginx. The load runs on the same cores, so that
 * connections a second say nothing: what is compared is the CPU time of the process that had most to do,
 * for each connection of all. It is the one that is busy first, and with two it should be half.
 */
export async function benchWorkers(settings: BenchSettings): Promise<Row[]> {
  const rows: Row[] = [];
  const servers = newestOf(settings.peers).filter(({ name }) => /^(countersign$|nginx)/.test(name));
  for (const peer of servers) {
    const scenario = `workers: full handshakes, ${peer.name}`;
    try {
      rows.push(...(await measure(settings, peer, scenario)));
    } catch (error) {
      rows.push(failedRow(scenario, peer.name, error));
    }
  }
  return rows;
}

async function measure(settings: BenchSettings, peer: Peer, scenario: string): Promise<Row[]> {
  const load = startLoad(1, 'all');
  const servers: ServerProcess[] = [];
  try {
    for (const workers of [1, 2]) servers.push(await start(settings, peer, scenario, workers));
    const rounds = servers.map((): number[] => []);
    for (let round = 0; round <= settings.rounds; round++) {
      for (const [index, server] of servers.entries()) {
        progress(`${scenario}: round ${round} of ${settings.rounds}, ${index + 1}`);
        const before = cpuByProcess(server.pid);
        const result = await load.run({
          mode: 'full',
          port: server.port,
          path: '/',
          body: BODY,
          caFile: settings.certificates.ca,
          certFile: settings.certificates.clientCert,
          keyFile: settings.certificates.clientKey,
          concurrency: CONNECTIONS,
          durationMs: round === 0 ? forConnections(settings).warmUpMs : settings.roundMs,
        });
        if (result.errors > 0) throw new Error(result.firstError ?? '');
        const used = [...cpuByProcess(server.pid)].map(
          ([id, time]) => time - (before.get(id) ?? 0),
        );
        // The first round is the warm-up.
        if (round > 0) rounds[index]?.push(Math.max(...used) / result.operations);
      }
    }
    const [one = Number.NaN, two = Number.NaN] = rounds.map(median);
    const unit = 'us CPU of the busiest process/op';
    const notes = [`two workers carry ${(one / two).toFixed(2)} times what one does`];
    return [
      figureRow(
        scenario,
        'two workers',
        { value: two, unit },
        { notes, details: { timesOne: one / two } },
      ),
      figureRow(scenario, 'one worker', { value: one, unit }),
    ];
  } finally {
    load.stop();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function start(
  settings: BenchSettings,
  peer: Peer,
  scenario: string,
  workers: number,
): Promise<ServerProcess> {
  const folder = join(settings.folder, fileName(scenario), String(workers));
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const { certificates } = settings;
  const setup = { folder, port, certificates, upstreamPort: null, body: BODY, routes: 1, workers };
  return startServer('all', await peer.prepare(setup), folder, port);
}
