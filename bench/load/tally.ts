import { isPublishing, type LoadPlan, type LoadResult } from './plan.ts';

const MOST_ERRORS = 200;

/** What was counted while one plan was carried out. */
export class Tally {
  readonly #plan: LoadPlan;
  readonly #started = performance.now();
  readonly latenciesMs: number[] = [];
  readonly #endedAtMs: number[] = [];
  readonly #deadline: number;
  #errors = 0;
  #firstError: string | null = null;
  resumed = 0;
  retried = 0;
  published = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#deadline = this.#started + plan.durationMs;
  }

  isOver(): boolean {
    return performance.now() >= this.#deadline || this.#errors >= MOST_ERRORS;
  }

  /** An operation that began then was answered rightly. */
  done(startedAt: number): void {
    const now = performance.now();
    this.latenciesMs.push(now - startedAt);
    this.#endedAtMs.push(now - this.#started);
  }

  fail(reason: string): void {
    this.#errors++;
    this.#firstError ??= `${this.#plan.mode}: ${reason}`;
  }

  result(): LoadResult {
    return {
      operations: isPublishing(this.#plan) ? this.published : this.latenciesMs.length,
      errors: this.#errors,
      firstError: this.#firstError,
      resumed: this.resumed,
      retried: this.retried,
      elapsedMs: performance.now() - this.#started,
      latenciesMs: this.latenciesMs,
      endedAtMs: this.#endedAtMs,
    };
  }
}
