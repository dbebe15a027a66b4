// Two workers on two cores beside one on one.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { clientFiles } from './certificates.ts';
import { type BenchSettings, fileName, forConnections } from './comparison.ts';
import { canPin } from './cores.ts';
import { startLoad } from './load/load.ts';
import { median } from './median.ts';
import { newestOf } from './peers/choice.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import { failedRow, figureRow, type Row } from './row.ts';
import { startServer } from './server-process.ts';

const BODY = 'hello';
/** For each process of the load; there are as many as workers. */
const CONNECTIONS = 16;
/** What goes by the clock differs more from round to round than CPU time does. */
const MORE_ROUNDS = 3;

/** So many workers, with as many processes of the load, on so many cores. */
interface Crew {
  /** Full handshakes a second, over so many milliseconds. */
  handshakes(durationMs: number): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Full handshakes a second by one worker and by two, of ours and of nginx. The load has to run on the same
 * cores; so that the two have the same to themselves, one worker shares its core with a process of the load,
 * and two share both with two. Twice as many is perfect.
 */
export async function benchWorkers(settings: BenchSettings): Promise<Row[]> {
  const rows: Row[] = [];
  const servers = newestOf(settings.peers).filter(({ name }) => /^(countersign$|nginx)/.test(name));
  for (const peer of servers) {
    const scenario = `workers: full handshakes, ${peer.name}`;
    try {
      if (!canPin()) throw new Error('it takes two cores, and taskset');
      rows.push(...(await measure(settings, peer, scenario)));
    } catch (error) {
      rows.push(failedRow(scenario, peer.name, error));
    }
  }
  return rows;
}

async function measure(settings: BenchSettings, peer: Peer, scenario: string): Promise<Row[]> {
  const crews: Crew[] = [];
  try {
    for (const workers of [1, 2]) {
      progress(`${scenario}: warming ${workers}`);
      const crew = await start(settings, peer, scenario, workers);
      crews.push(crew);
      // Each of them is to have as many.
      await crew.handshakes(forConnections(settings).warmUpMs * workers);
    }
    const rates = crews.map((): number[] => []);
    const rounds = settings.rounds * MORE_ROUNDS;
    for (let round = 1; round <= rounds; round++) {
      for (const [index, crew] of crews.entries()) {
        progress(`${scenario}: round ${round} of ${rounds}, ${index + 1}`);
        rates[index]?.push(await crew.handshakes(settings.roundMs));
      }
    }
    const [one = [], two = []] = rates;
    const timesOne = median(two.map((rate, round) => rate / (one[round] ?? Number.NaN)));
    const figureOf = (perSecond: number): { value: number; unit: string } => {
      return { value: 1e6 / perSecond, unit: 'us/connection' };
    };
    const notes = [`two workers carry ${timesOne.toFixed(2)} times what one does`];
    return [
      figureRow(scenario, 'two workers', figureOf(median(two)), { notes, details: { timesOne } }),
      figureRow(scenario, 'one worker', figureOf(median(one))),
    ];
  } finally {
    await Promise.all(crews.map((crew) => crew.stop()));
  }
}

async function start(
  { folder, certificates }: BenchSettings,
  peer: Peer,
  scenario: string,
  workers: number,
): Promise<Crew> {
  const own = join(folder, fileName(scenario), String(workers));
  await mkdir(own, { recursive: true });
  const port = await freePort();
  const setup = { port, certificates, upstreamPort: null, body: BODY, routes: 1, workers };
  const role = workers === 1 ? 'load' : 'both';
  const server = await startServer(role, await peer.prepare({ ...setup, folder: own }), own, port);
  const load = startLoad(workers, role);
  return {
    async handshakes(durationMs) {
      const { operations, elapsedMs, errors, firstError } = await load.run({
        mode: 'full',
        port,
        path: '/',
        body: BODY,
        ...clientFiles(certificates),
        concurrency: CONNECTIONS * workers,
        durationMs,
      });
      if (errors > 0) throw new Error(firstError ?? '');
      return (operations / elapsedMs) * 1000;
    },
    stop() {
      load.stop();
      return server.stop();
    },
  };
}
