import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** As the configuration says it; `auto`: one a processor. */
export function countWorkers(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers;
}

/**
 * Worker processes that nobody has told yet what to serve. They load their program while this process
 * still reads the configuration, which halves a start with several of them.
 */
export class SpareWorkers {
  readonly #spares = new Set<ChildProcess>();

  /** Starts `count` of them. */
  constructor(count: number) {
    for (let started = 0; started < count; started++) {
      const spare = forkWorker();
      this.#spares.add(spare);
      // Whoever takes a worker looks after it; one that ends before is not missed.
      spare.once('error', () => this.#spares.delete(spare));
      spare.once('exit', () => this.#spares.delete(spare));
    }
  }

  /** A worker for the caller to keep: a spare one, or where none is left a new one. */
  take(): ChildProcess {
    for (const spare of this.#spares) {
      this.#spares.delete(spare);
      return spare;
    }
    return forkWorker();
  }

  /** Ends those that were not taken. */
  close(): void {
    for (const spare of this.#spares) spare.kill('SIGKILL');
    this.#spares.clear();
  }
}

function forkWorker(): ChildProcess {
  return fork(WORKER_PROGRAM, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Beside this file, in the source as in what is built of it. */
const WORKER_PROGRAM = fileURLToPath(
  new URL(`worker-process${extname(import.meta.url)}`, import.meta.url),
);
