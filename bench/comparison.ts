// Runs one kind of load against several contenders: all started, warmed up, then measured in rounds
// that take turns, so that whatever else the machine does falls on all of them alike.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import type { BenchCertificates } from './certificates.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import type { LoadMode, LoadResult } from './load/plan.ts';
import { startLoad } from './load/load.ts';
import { median, percentile } from './median.ts';
import type { Peer } from './peers/peer.ts';
import type { Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface BenchSettings {
  /** Where the run keeps configurations and logs. */
  readonly folder: string;
  readonly certificates: BenchCertificates;
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

export interface Comparison {
  readonly scenario: string;
  readonly mode: LoadMode;
  /** What is asked for; `/` unless given. */
  readonly path?: string;
  readonly concurrency: number;
  readonly upstreamPort: number | null;
  readonly body: string;
}

interface Contender {
  readonly peer: Peer;
  readonly server: ServerProcess;
  readonly rounds: Round[];
}

interface Round {
  readonly result: LoadResult;
  readonly cpu: number;
}

/** Measures every contender; throws where one can't be started or answers nothing. */
export async function compare(settings: BenchSettings, comparison: Comparison): Promise<Row[]> {
  const contenders: Contender[] = [];
  const load = startLoad(1);
  try {
    for (const peer of settings.peers) {
      const folder = join(settings.folder, comparison.scenario.replaceAll(/\W+/g, '-'), peer.name);
      await mkdir(folder, { recursive: true });
      const port = await freePort();
      const { certificates } = settings;
      const { upstreamPort, body } = comparison;
      const command = await peer.prepare({ folder, port, certificates, upstreamPort, body });
      const server = await startServer('contender', command, folder, port);
      contenders.push({ peer, server, rounds: [] });
    }
    const plan = {
      mode: comparison.mode,
      caFile: settings.certificates.ca,
      certFile: settings.certificates.clientCert,
      keyFile: settings.certificates.clientKey,
      path: comparison.path ?? '/',
      body: comparison.body,
      concurrency: comparison.concurrency,
    };
    for (const { peer, server } of contenders) {
      progress(`${comparison.scenario}: warming up ${peer.name}`);
      const result = await load.run({ ...plan, port: server.port, durationMs: settings.warmUpMs });
      if (result.operations === 0) {
        throw new Error(
          `${comparison.scenario}: ${peer.name} answered nothing: ${result.firstError}`,
        );
      }
    }
    for (let round = 1; round <= settings.rounds; round++) {
      // There and back, so that nobody always comes after the same.
      const turn = round % 2 === 1 ? contenders : contenders.toReversed();
      for (const { peer, server, rounds } of turn) {
        progress(`${comparison.scenario}: round ${round} of ${settings.rounds}, ${peer.name}`);
        const before = cpuMicroseconds(server.pid);
        const result = await load.run({ ...plan, port: server.port, durationMs: settings.roundMs });
        rounds.push({ result, cpu: cpuMicroseconds(server.pid) - before });
      }
    }
  } finally {
    load.stop();
    await Promise.all(contenders.map(({ server }) => server.stop()));
  }
  return contenders.map((contender) => summarise(comparison, contender));
}

function summarise({ scenario, mode }: Comparison, { peer, rounds }: Contender): Row {
  const errors = rounds.reduce((total, { result }) => total + result.errors, 0);
  const cpuByRound = rounds.map(({ result, cpu }) => cpu / result.operations);
  const failed = rounds.find(({ result }) => result.firstError !== null)?.result.firstError;
  if (errors > 0)
    process.stderr.write(`${scenario}: ${peer.name}: ${errors} errors, the first: ${failed}\n`);
  return {
    scenario,
    contender: peer.name,
    operations: rounds.reduce((total, { result }) => total + result.operations, 0),
    cpuMicroseconds: median(cpuByRound),
    cpuByRound,
    perSecond: median(rounds.map(({ result }) => (result.operations / result.elapsedMs) * 1000)),
    latencyMs: {
      p50: median(rounds.map(({ result }) => percentile(result.latenciesMs, 0.5))),
      p99: median(rounds.map(({ result }) => percentile(result.latenciesMs, 0.99))),
    },
    errors,
    resumed:
      mode === 'full' || mode === 'resumed'
        ? rounds.reduce((total, { result }) => total + result.resumed, 0)
        : null,
  };
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}
