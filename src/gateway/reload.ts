import { isDeepStrictEqual } from 'node:util';
import type { GatewayLog } from '../observability/log.ts';
import { FileWatch } from './file-watch.ts';
import type { Applied } from './gateway.ts';
import type { GatewayOptions } from './options.ts';

/** A configuration as read just now. */
export type Loaded =
  | { readonly kind: 'options'; readonly options: GatewayOptions }
  | {
      readonly kind: 'invalid';
      /** For people, the most telling first. */
      readonly problems: readonly string[];
      /** Absolute paths whose change may mend it. */
      readonly files: readonly string[];
    };

/** What serves connections, in this process or in several. */
export interface GatewayHost {
  apply(options: GatewayOptions, graceMs: number): Promise<Applied>;
}

/**
 * Keeps a running gateway in step with its configuration: reads it again when one of its files changed
 * or when asked to. A configuration that can't be used leaves the last good one in force; what is
 * wrong with it is said once.
 */
export class Reloader {
  readonly #host: GatewayHost;
  readonly #load: () => Loaded;
  readonly #log: GatewayLog;
  readonly #graceMs: number;
  readonly #watch: FileWatch;
  #current: GatewayOptions;
  #complaint = '';
  #queue: Promise<void> = Promise.resolve();

  /** `current` are the options that `host` runs with; reading them began at `readAt`. */
  constructor(
    host: GatewayHost,
    current: GatewayOptions,
    readAt: number,
    load: () => Loaded,
    log: GatewayLog,
    graceMs: number,
  ) {
    this.#host = host;
    this.#current = current;
    this.#load = load;
    this.#log = log;
    this.#graceMs = graceMs;
    this.#watch = new FileWatch(() => void this.reload());
    this.#watch.watch(current.watchedFiles, readAt);
  }

  /** Reads and applies the configuration; one reload after the other. Never rejects. */
  reload(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#reload());
    return this.#queue;
  }

  close(): void {
    this.#watch.close();
  }

  async #reload(): Promise<void> {
    const readAt = Date.now();
    const loaded = this.#load();
    if (loaded.kind === 'invalid') {
      this.#watch.watch([...new Set([...this.#current.watchedFiles, ...loaded.files])], readAt);
      this.#complain(loaded.problems);
      return;
    }
    this.#watch.watch(loaded.options.watchedFiles, readAt);
    if (isDeepStrictEqual(loaded.options, this.#current)) {
      this.#complaint = '';
      return;
    }
    try {
      const { closed } = await this.#host.apply(loaded.options, this.#graceMs);
      this.#current = loaded.options;
      this.#complaint = '';
      this.#log.reloaded(closed);
    } catch (error) {
      this.#complain([error instanceof Error ? error.message : String(error)]);
    }
  }

  #complain(problems: readonly string[]): void {
    const complaint = problems.join('\n');
    if (complaint === this.#complaint) return;
    this.#complaint = complaint;
    this.#log.reloadFailed(problems);
  }
}
