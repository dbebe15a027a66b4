// The load generator: processes of their own, so that the contender is measured and not the load.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pinned } from '../cores.ts';
import type { LoadPlan, LoadResult } from './plan.ts';

const WORKER = join(import.meta.dirname, 'worker.ts');

export interface Load {
  /** Does a plan in every process at once, the concurrency shared between them. */
  run(plan: LoadPlan): Promise<LoadResult>;
  stop(): void;
}

/** `both`: on both cores, with the servers. */
export function startLoad(processes: number, role: 'load' | 'both' = 'load'): Load {
  const workers = Array.from({ length: processes }, () => startWorker(role));
  return {
    async run(plan) {
      const share = { ...plan, concurrency: Math.max(1, Math.round(plan.concurrency / processes)) };
      const results = await Promise.all(workers.map((worker) => ask(worker, share)));
      return {
        operations: sum(results.map((result) => result.operations)),
        errors: sum(results.map((result) => result.errors)),
        firstError: results.find((result) => result.firstError !== null)?.firstError ?? null,
        resumed: sum(results.map((result) => result.resumed)),
        retried: sum(results.map((result) => result.retried)),
        elapsedMs: Math.max(...results.map((result) => result.elapsedMs)),
        latenciesMs: results.flatMap((result) => result.latenciesMs),
        endedAtMs: results.flatMap((result) => result.endedAtMs),
      };
    },
    stop() {
      for (const worker of workers) worker.disconnect();
    },
  };
}

function startWorker(role: 'load' | 'both'): ChildProcess {
  const { program, args } = pinned(role, { program: process.execPath, args: [WORKER] });
  return spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
}

/** How much longer than its plan a load process may take; then the contender must have stalled. */
const GRACE_MS = 30_000;

async function ask(worker: ChildProcess, plan: LoadPlan): Promise<LoadResult> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort(new Error('a load process ended'));
  const timer = setTimeout(onExit, plan.durationMs + GRACE_MS);
  worker.once('exit', onExit);
  try {
    const answer = once(worker, 'message', { signal: ended.signal });
    worker.send(plan);
    const [result] = (await answer) as [LoadResult];
    return result;
  } finally {
    clearTimeout(timer);
    worker.off('exit', onExit);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
