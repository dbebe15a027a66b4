// Runs one kind of load against several contenders: all started, warmed up, then measured in rounds
// that take turns, so that whatever else the machine does falls on all of them alike.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { type BenchCertificates, clientFiles } from './certificates.ts';
import { cpuSince } from './cpu-time.ts';
import { type Load, startLoad } from './load/load.ts';
import type { LoadPlan, LoadResult } from './load/plan.ts';
import { median, percentile } from './median.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import { failedRow, type Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export interface BenchSettings {
  /** Where the run keeps configurations and logs. */
  readonly folder: string;
  readonly certificates: BenchCertificates;
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  /** A run to see that everything works: scenarios of many connections or certificates have a tenth of them. */
  readonly isShort: boolean;
}

/**
 * For operations that are a connection each. V8 compiles what was called often enough, and of connections some
 * twentieth as many come in the same time as of requests: they are still a tenth dearer after eight seconds.
 */
export function forConnections(settings: BenchSettings): BenchSettings {
  return { ...settings, warmUpMs: 3 * settings.warmUpMs };
}

type Chosen = Pick<LoadPlan, 'caFile' | 'certFile' | 'keyFile' | 'path'>;

/** What the load does, as a plan says it; `path` is `/` unless given. */
export interface Comparison
  extends Omit<LoadPlan, 'port' | 'durationMs' | 'isPlain' | keyof Chosen>,
    Partial<Omit<Chosen, 'caFile'>> {
  readonly scenario: string;
  readonly upstreamPort: number | null;
  /** How many routes the contenders have; one for everything unless given. */
  readonly routes?: number;
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

/** Measures every contender. One that can't be started, or gives up, has a row that says why. */
export async function compare(settings: BenchSettings, comparison: Comparison): Promise<Row[]> {
  const run = new ComparisonRun(settings, comparison);
  try {
    for (const peer of settings.peers) await run.attempt(peer, () => run.start(peer));
    for (let round = 1; round <= settings.rounds; round++) {
      // There and back, so that nobody always comes after the same.
      for (const peer of round % 2 === 1 ? settings.peers : settings.peers.toReversed()) {
        await run.attempt(peer, () => run.measure(peer, round));
      }
    }
  } finally {
    await run.stop();
  }
  return settings.peers.map((peer) => run.rowOf(peer));
}

class ComparisonRun {
  readonly #settings: BenchSettings;
  readonly #comparison: Comparison;
  readonly #contenders = new Map<Peer, Contender>();
  readonly #failures = new Map<Peer, unknown>();
  #load: Load = startLoad(1);

  constructor(settings: BenchSettings, comparison: Comparison) {
    this.#settings = settings;
    this.#comparison = comparison;
  }

  /** Does a step unless the contender has failed before. */
  async attempt(peer: Peer, action: () => Promise<void>): Promise<void> {
    if (this.#failures.has(peer)) return;
    try {
      await action();
    } catch (error) {
      this.#failures.set(peer, error);
      // What it left behind should not be in the way of the next.
      await this.#contenders.get(peer)?.server.stop();
      this.#load.stop();
      this.#load = startLoad(1);
    }
  }

  async start(peer: Peer): Promise<void> {
    const { scenario, upstreamPort, body, routes = 1 } = this.#comparison;
    progress(`${scenario}: warming up ${peer.name}`);
    const folder = join(this.#settings.folder, fileName(scenario), fileName(peer.name));
    await mkdir(folder, { recursive: true });
    const port = await freePort();
    const { certificates, warmUpMs } = this.#settings;
    const setup = { folder, port, certificates, upstreamPort, body, routes };
    const server = await startServer('contender', await peer.prepare(setup), folder, port);
    this.#contenders.set(peer, { peer, server, rounds: [] });
    const result = await this.#load.run(this.#plan(peer, port, warmUpMs));
    if (result.operations === 0) throw new Error(`answered nothing: ${result.firstError}`);
  }

  async measure(peer: Peer, round: number): Promise<void> {
    const contender = this.#contenders.get(peer);
    if (contender === undefined) return;
    const { rounds, roundMs } = this.#settings;
    progress(`${this.#comparison.scenario}: round ${round} of ${rounds}, ${peer.name}`);
    const { pid, port } = contender.server;
    const cpuUsed = cpuSince(pid);
    const result = await this.#load.run(this.#plan(peer, port, roundMs));
    const cpu = cpuUsed();
    if (result.operations === 0) throw new Error(`answered nothing: ${result.firstError}`);
    contender.rounds.push({ result, cpu });
  }

  async stop(): Promise<void> {
    this.#load.stop();
    await Promise.all([...this.#contenders.values()].map(({ server }) => server.stop()));
  }

  rowOf(peer: Peer): Row {
    const { scenario } = this.#comparison;
    const contender = this.#contenders.get(peer);
    if (contender === undefined || this.#failures.has(peer)) {
      return failedRow(scenario, peer.name, this.#failures.get(peer) ?? 'not started');
    }
    return summarise(this.#comparison, contender);
  }

  #plan(peer: Peer, port: number, durationMs: number): LoadPlan {
    const { scenario: _, upstreamPort: __, routes: ___, ...load } = this.#comparison;
    return {
      ...clientFiles(this.#settings.certificates),
      path: '/',
      isPlain: peer.isPlain === true,
      ...load,
      port,
      durationMs,
    };
  }
}

function summarise({ scenario, mode }: Comparison, { peer, rounds }: Contender): Row {
  const errors = sum(rounds.map(({ result }) => result.errors));
  const retried = sum(rounds.map(({ result }) => result.retried));
  const cpuByRound = rounds.map(({ result, cpu }) => cpu / result.operations);
  const failed = rounds.find(({ result }) => result.firstError !== null)?.result.firstError;
  const notes = [
    ...(errors > 0 ? [`the first error: ${failed}`] : []),
    ...(retried > 0 ? [`${retried} requests asked again on another connection`] : []),
  ];
  return {
    scenario,
    contender: peer.name,
    operations: sum(rounds.map(({ result }) => result.operations)),
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
        ? sum(rounds.map(({ result }) => result.resumed))
        : null,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A name as a folder's. */
export function fileName(name: string): string {
  return name.replaceAll(/\W+/g, '-');
}
