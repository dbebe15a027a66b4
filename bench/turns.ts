// A small difference between contenders of ours, told apart from what the machine does beside.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { clientFiles } from './certificates.ts';
import { type BenchSettings, fileName } from './comparison.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { type Load, startLoad } from './load/load.ts';
import type { LoadPlan } from './load/plan.ts';
import { median } from './median.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import type { Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** What the load does; `body`, `mode` and `concurrency` are a plan's. */
export interface Turns extends Pick<LoadPlan, 'mode' | 'concurrency' | 'body'> {
  readonly scenario: string;
  readonly upstreamPort: number | null;
  /** Each has a row that says how much more it costs than `base`. */
  readonly peers: readonly Peer[];
  readonly base: Peer;
  /** How often everything is started anew. */
  readonly starts: number;
  /** Of each start, how often each has its turn, there and back. */
  readonly turns: number;
  readonly turnMs: number;
}

interface Contender {
  readonly peer: Peer;
  readonly server: ServerProcess;
  /** Microseconds for one operation, by pair of turns. */
  readonly costs: number[];
}

/**
 * Measures CPU time by turns of a fraction of a second, those that wait their turn being stopped: what else
 * the machine does falls on all alike. Two turns, there and back, are compared with the base's two of the same
 * seconds; the median of these ratios is what counts of a start. A process has its own way of being slow
 * or fast for all of its life (where its memory lies, what was compiled when), so that all of them are
 * started several times, another one first each time: who was started first is dearer by a per cent or two.
 */
export async function compareInTurns(settings: BenchSettings, plan: Turns): Promise<Row[]> {
  const all = [plan.base, ...plan.peers];
  const ratios = all.map((): number[] => []);
  const costs = all.map((): number[] => []);
  let operations = 0;
  for (let start = 1; start <= plan.starts; start++) {
    const run = new Start(settings, plan, start);
    try {
      operations += await run.measure(rotated(all, start - 1));
      const base = run.costsOf(plan.base);
      for (const [index, peer] of all.entries()) {
        const own = run.costsOf(peer);
        costs[index]?.push(...own);
        ratios[index]?.push(median(own.map((cost, pair) => cost / (base[pair] ?? Number.NaN))));
      }
    } finally {
      await run.stop();
    }
  }
  return all.map((peer, index) => ({
    scenario: plan.scenario,
    contender: peer.name,
    operations: Math.round(operations / all.length),
    cpuMicroseconds: median(costs[index] ?? []),
    cpuByRound: costs[index] ?? [],
    perSecond: Number.NaN,
    latencyMs: null,
    errors: 0,
    resumed: null,
    ...surcharge(peer === plan.base ? [] : (ratios[index] ?? [])),
  }));
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** How much more than the base it costs, and by how much the starts differ. */
function surcharge(ratios: readonly number[]): Pick<Row, 'details' | 'notes'> {
  if (ratios.length === 0) return {};
  const percent = ratios.map((ratio) => (ratio - 1) * 100);
  const more = median(percent);
  const [least, most] = [Math.min(...percent), Math.max(...percent)];
  const range = `${least.toFixed(1)} to ${most.toFixed(1)} % in ${percent.length} starts`;
  return { details: { percentMore: more }, notes: [`${more.toFixed(1)} % more: ${range}`] };
}

/** Everything started once. */
class Start {
  readonly #contenders: Contender[] = [];
  readonly #settings: BenchSettings;
  readonly #plan: Turns;
  readonly #number: number;
  readonly #load: Load = startLoad(1);

  constructor(settings: BenchSettings, plan: Turns, number: number) {
    this.#settings = settings;
    this.#plan = plan;
    this.#number = number;
  }

  /** Returns how many operations there were. */
  async measure(peers: readonly Peer[]): Promise<number> {
    const { turns, turnMs, starts, scenario } = this.#plan;
    const where = `${scenario}: start ${this.#number} of ${starts}`;
    for (const peer of peers) {
      progress(`${where}, ${peer.name}`);
      await this.#begin(peer);
    }
    let operations = 0;
    for (let turn = 1; turn <= turns; turn++) {
      progress(`${where}, turn ${turn} of ${turns}`);
      const sums = new Map<Contender, { cpu: number; count: number }>();
      for (const contender of [...this.#contenders, ...this.#contenders.toReversed()]) {
        const { pid, port } = contender.server;
        const sum = sums.get(contender) ?? { cpu: 0, count: 0 };
        process.kill(pid, 'SIGCONT');
        const before = cpuMicroseconds(pid);
        sum.count += await this.#drive(port, turnMs);
        process.kill(pid, 'SIGSTOP');
        sum.cpu += cpuMicroseconds(pid) - before;
        sums.set(contender, sum);
      }
      for (const [{ costs, peer }, { cpu, count }] of sums) {
        if (count === 0) throw new Error(`${peer.name} answered nothing`);
        costs.push(cpu / count);
        operations += count;
      }
    }
    return operations;
  }

  /** Microseconds for one operation, by pair of turns. */
  costsOf(peer: Peer): readonly number[] {
    return this.#contenders.find((contender) => contender.peer === peer)?.costs ?? [];
  }

  async stop(): Promise<void> {
    this.#load.stop();
    for (const { server } of this.#contenders) process.kill(server.pid, 'SIGCONT');
    await Promise.all(this.#contenders.map(({ server }) => server.stop()));
  }

  /** Started, warm, and stopped. */
  async #begin(peer: Peer): Promise<void> {
    const { upstreamPort, body, scenario } = this.#plan;
    const { certificates, warmUpMs } = this.#settings;
    const name = `${fileName(scenario)}-${this.#number}`;
    const folder = join(this.#settings.folder, name, fileName(peer.name));
    await mkdir(folder, { recursive: true });
    const port = await freePort();
    const setup = { folder, port, certificates, upstreamPort, body, routes: 1 };
    const server = await startServer('contender', await peer.prepare(setup), folder, port);
    this.#contenders.push({ peer, server, costs: [] });
    await this.#drive(port, warmUpMs);
    process.kill(server.pid, 'SIGSTOP');
  }

  /** Returns how many operations there were. */
  async #drive(port: number, durationMs: number): Promise<number> {
    const { mode, concurrency, body } = this.#plan;
    const { operations, errors, firstError } = await this.#load.run({
      ...clientFiles(this.#settings.certificates),
      mode,
      port,
      concurrency,
      body,
      path: '/',
      durationMs,
    });
    if (errors > 0) throw new Error(`${errors} errors, the first: ${firstError}`);
    return operations;
  }
}
