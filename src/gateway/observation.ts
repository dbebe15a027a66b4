import type { ObservedGateway } from '../admin/running-gateway.ts';
import { createGatewayLog, type GatewayLog } from '../observability/log.ts';
import type { StandardErrorLog } from '../observability/standard-error-log.ts';
import type { Gateway } from './gateway.ts';
import { type GatewayState, openGatewayState } from './gateway-state.ts';
import { createObservedHost } from './observed-host.ts';
import { Observer } from './observer.ts';
import type { GatewayHost } from './reload.ts';
import type { SpareWorkers } from './spare-workers.ts';
import type { WorkerPool } from './worker-pool.ts';

/** How a gateway is watched while it runs: its log, its ledger, and the socket that it is asked through. */
export class Observation {
  /** What this process tells. */
  readonly log: GatewayLog;
  readonly #standardError: StandardErrorLog;
  readonly #state: GatewayState;
  readonly #observer: Observer;

  private constructor(version: string, state: GatewayState, standardError: StandardErrorLog) {
    this.#state = state;
    this.#standardError = standardError;
    this.#observer = new Observer(version, state.dir ?? '', state.ledger, state.isKept);
    this.log = createGatewayLog((event) => {
      standardError.take(event);
      this.#observer.publish(event);
    });
  }

  /**
   * `stateDir`: where what outlives the process is kept; null: nowhere, and nobody can ask. With
   * `isOwn` throws BindError where another gateway uses the directory.
   */
  static async open(
    version: string,
    stateDir: string | null,
    standardError: StandardErrorLog,
    isOwn: boolean,
  ): Promise<Observation> {
    return new Observation(version, await openGatewayState(stateDir, isOwn), standardError);
  }

  /** What is seen, for the admin API. */
  get observed(): ObservedGateway {
    return this.#observer;
  }

  /** What serves connections in `count` processes; one: this one. */
  createHost(count: number, spares: SpareWorkers): Promise<Gateway | WorkerPool> {
    return createObservedHost(count, this.#observer, this.log, this.#standardError, spares);
  }

  /** The same host, with the snapshots observed that it is given. */
  observing(host: GatewayHost): GatewayHost {
    return {
      apply: async (options, graceMs) => {
        const applied = await host.apply(options, graceMs);
        this.#standardError.level = options.logLevel;
        this.#observer.applied(options, applied.addresses);
        return applied;
      },
    };
  }

  /** The gateway serves: questions are answered from now on. */
  begin(): void {
    for (const problem of this.#state.problems) this.log.stateUnusable(problem);
    this.#state.socket?.serve(this.#observer);
  }

  /** The gateway drains: the next one may take its place, so that nobody is answered any more. */
  end(): void {
    this.#observer.dismiss();
    this.#state.socket?.close();
  }

  /** After `end`, or instead of it: tells and keeps what is left. */
  close(): void {
    this.end();
    this.#observer.close();
    this.#standardError.flush();
  }
}
