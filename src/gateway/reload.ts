import { isDeepStrictEqual } from 'node:util';
import type { LiveSnapshot, Resolved } from '../admin/running-gateway.ts';
import type { AddedCertificate } from '../config/added-certificates.ts';
import type { Configuration } from '../config/configuration.ts';
import { formatProblem } from '../config/problem.ts';
import type { ResolveResult } from '../config/resolve.ts';
import type { GatewayLog } from '../observability/log.ts';
import { FileWatch } from './file-watch.ts';
import type { Applied } from './gateway.ts';
import type { ReloadOutcome } from './gateway-metrics.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import type { GatewayOptions } from './options.ts';

/** What serves connections, in this process or in several. */
export interface GatewayHost {
  apply(options: GatewayOptions, graceMs: number): Promise<Applied>;
}

/**
 * Keeps a running gateway in step with its configuration: reads it again when one of its files changed
 * or when asked to, and takes what is made through the admin API. A configuration that can't be used
 * leaves the last good one in force; what is wrong with it is said once.
 */
export class Reloader implements LiveSnapshot {
  /** How often the configuration was read again, by how it ended; the counts go on. */
  readonly outcomes: Record<ReloadOutcome, number> = { applied: 0, unchanged: 0, failed: 0 };
  readonly #host: GatewayHost;
  readonly #live: LiveConfiguration;
  readonly #log: GatewayLog;
  readonly #graceMs: number;
  #watch: FileWatch | null = null;
  #read: (() => Configuration) | null = null;
  /** The last good one. */
  #configuration: Configuration;
  #current: GatewayOptions | null = null;
  #complaint = '';
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    host: GatewayHost,
    live: LiveConfiguration,
    configuration: Configuration,
    log: GatewayLog,
    graceMs: number,
  ) {
    this.#host = host;
    this.#live = live;
    this.#configuration = configuration;
    this.#log = log;
    this.#graceMs = graceMs;
  }

  /** The snapshot in force; null before `start`. */
  get options(): GatewayOptions | null {
    return this.#current;
  }

  /** Makes `options`, those of the configuration, the first snapshot. Throws BindError. */
  start(options: GatewayOptions): Promise<Applied> {
    return this.#afterOthers(async () => {
      const applied = await this.#host.apply(options, this.#graceMs);
      this.#current = options;
      return applied;
    });
  }

  /** From now on `read` gives the configuration anew when a file changes; the last time it was read at `readAt`. */
  watch(read: () => Configuration, readAt: number): void {
    this.#read = read;
    this.#watch = new FileWatch(() => void this.reload());
    this.#watch.watch(this.#current?.watchedFiles ?? [], readAt);
  }

  /** Reads and applies the configuration; one change after the other. Never rejects. */
  reload(): Promise<void> {
    return this.#afterOthers(() => this.#reload());
  }

  /**
   * Makes `added` the certificates beside the last good configuration, on every worker by the time this
   * resolves. `store` is called once they are known to be good as a whole, before they are served.
   * Rejects, with nothing changed but what `store` did, where that or a worker fails.
   */
  change(
    added: readonly AddedCertificate[],
    store: (result: Resolved) => void,
  ): Promise<ResolveResult> {
    return this.#afterOthers(async () => {
      const result = this.#live.resolveWith(this.#configuration, added);
      if (result.kind === 'invalid') return result;
      store(result);
      await this.#host.apply(result.options, this.#graceMs);
      this.#current = result.options;
      return result;
    });
  }

  close(): void {
    this.#watch?.close();
  }

  #afterOthers<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(act);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #reload(): Promise<void> {
    if (this.#read === null) return;
    const readAt = Date.now();
    try {
      const configuration = this.#read();
      const result = await this.#live.resolve(configuration);
      if (result.kind === 'invalid') {
        const files = [...(this.#current?.watchedFiles ?? []), ...result.files];
        this.#watch?.watch([...new Set(files)], readAt);
        this.#complain(result.errors.map(formatProblem));
        return;
      }
      this.#watch?.watch(result.options.watchedFiles, readAt);
      if (!isDeepStrictEqual(result.options, this.#current)) {
        const { closed } = await this.#host.apply(result.options, this.#graceMs);
        this.#current = result.options;
        this.outcomes.applied++;
        this.#log.reloaded(closed);
      } else this.outcomes.unchanged++;
      this.#configuration = configuration;
      this.#complaint = '';
    } catch (error) {
      this.#complain([error instanceof Error ? error.message : String(error)]);
    }
  }

  #complain(problems: readonly string[]): void {
    this.outcomes.failed++;
    const complaint = problems.join('\n');
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    this.#log.reloadFailed(problems);
  }
}
