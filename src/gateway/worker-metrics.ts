import { type MetricFamily, mergeFamilies } from '../observability/metric-families.ts';
import type { ProcessMetrics } from '../observability/process-meters.ts';
import type { MetricsAnswer } from './worker-messages.ts';
import { type AskedWorker, WorkerQuestions } from './worker-questions.ts';

/** Who is asked. */
export interface MeasuredWorker extends AskedWorker {
  /** Its place among the workers, from 1; whoever replaces it has the same. */
  readonly place: number;
}

/** What several processes have measured together. */
export interface HostMetrics {
  /** By name of the process, such as `worker-1`. */
  readonly processes: ReadonlyMap<string, ProcessMetrics>;
  /** What processes that are gone had counted. */
  readonly retired: readonly MetricFamily[];
  readonly workersRestarted: number;
}

/**
 * Asks the workers what they have measured, only when somebody wants to know. What a worker had counted
 * when it was last asked stays after its death, so that no sum goes back.
 */
export class WorkerMetrics {
  readonly #last = new Map<MeasuredWorker, ProcessMetrics>();
  readonly #questions = new WorkerQuestions<void>();
  #retired: readonly MetricFamily[] = [];
  #restarted = 0;
  #collecting: Promise<HostMetrics> | null = null;

  /** Those who ask while it is under way share the answer. */
  collect(workers: readonly MeasuredWorker[]): Promise<HostMetrics> {
    this.#collecting ??= this.#collect(workers).finally(() => {
      this.#collecting = null;
    });
    return this.#collecting;
  }

  answered(worker: MeasuredWorker, { question, metrics }: MetricsAnswer): void {
    this.#last.set(worker, metrics);
    this.#questions.answered(question);
  }

  /** The worker is gone; `isReplaced`: another one takes its place. */
  ended(worker: MeasuredWorker, isReplaced: boolean): void {
    if (isReplaced) this.#restarted++;
    const last = this.#last.get(worker);
    if (last === undefined) return;
    this.#last.delete(worker);
    const counted = last.families.filter(({ type }) => type !== 'gauge');
    this.#retired = mergeFamilies([this.#retired, counted]);
  }

  async #collect(workers: readonly MeasuredWorker[]): Promise<HostMetrics> {
    await Promise.all(workers.map((worker) => this.#ask(worker)));
    return {
      processes: new Map(
        [...this.#last]
          .toSorted(([a], [b]) => a.place - b.place)
          .map(([{ place }, metrics]) => [`worker-${place}`, metrics]),
      ),
      retired: this.#retired,
      workersRestarted: this.#restarted,
    };
  }

  /** Where no answer comes in time, what the worker said before stands. */
  #ask(worker: MeasuredWorker): Promise<void> {
    return this.#questions.ask(
      worker,
      (question) => ({ kind: 'metrics-wanted', question }),
      undefined,
    );
  }
}
