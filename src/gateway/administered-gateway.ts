import { chmodSync } from 'node:fs';
import type { RawConnection } from '../tls/raw-connection.ts';
import { isDeepStrictEqual } from 'node:util';
import type { ApiServices } from '../admin/api/api.ts';
import type { AdminServer } from '../admin/admin-server.ts';
import type { BoundListener, Readiness, RunningGateway } from '../admin/running-gateway.ts';
import { printFamilies } from '../observability/metric-families.ts';
import {
  type IssuedCertificate,
  LiveRevocations,
  type RevocationNews,
} from '../tls/live-revocations.ts';
import type { AdminEntrance } from './admin-entrance.ts';
import { bindAddress, type Bound } from './bind.ts';
import type { Applied, Gateway } from './gateway.ts';
import { GatewayMetrics, type ReloadOutcome } from './gateway-metrics.ts';
import type { AdminOptions, GatewayOptions } from './options.ts';
import type { WorkerPool } from './worker-pool.ts';

/** A gateway, in one process or several, with the admin listener that tells of it. */
export class AdministeredGateway implements RunningGateway {
  readonly #host: Gateway | WorkerPool;
  #admin: Administration | null = null;
  /** For the admin listener. */
  readonly #revocations = new LiveRevocations();
  #api: (() => ApiServices) | null = null;
  readonly #metrics = new GatewayMetrics();
  #state: Readiness['state'] = 'starting';
  #listeners: readonly BoundListener[] = [];

  constructor(host: Gateway | WorkerPool) {
    this.#host = host;
  }

  /** Told before the first snapshot what the admin API works on; asked for when an admin listener is opened. */
  administerBy(api: () => ApiServices): void {
    this.#api = api;
  }

  /** What the admin listener listens on, such as `127.0.0.1:9180`; null: there is none. */
  get adminAddress(): string | null {
    return this.#admin?.bound.address ?? null;
  }

  /** The same as a URL; null: there is none, or it is a unix socket. */
  get adminUrl(): string | null {
    if (this.#admin === null || this.#admin.options.address.kind === 'unix') return null;
    const { options, bound } = this.#admin;
    return `${options.tls === null ? 'http' : 'https'}://${bound.address}`;
  }

  readiness(): Readiness {
    return { state: this.#state, listeners: this.#listeners, workers: this.#host.workers };
  }

  async metrics(): Promise<string> {
    const host = await this.#host.metrics();
    return printFamilies(this.#metrics.families(host, this.#host.workers.ready, Date.now()));
  }

  /** As of the gateway itself. */
  async revoke(news: RevocationNews): Promise<number> {
    this.#revocations.learn(news);
    this.#admin?.entrance.recheck();
    return this.#host.revoke(news);
  }

  /** How many connections of clients would be closed if this certificate were revoked. */
  async countRelyingOn(certificate: IssuedCertificate): Promise<number> {
    return this.#host.countRelyingOn(certificate);
  }

  /** The counts of reloads that its metrics tell of from now on. */
  countReloads(outcomes: Readonly<Record<ReloadOutcome, number>>): void {
    this.#metrics.reloads = outcomes;
  }

  /** As of the gateway itself, the admin listener included: it is opened first, to tell of the start. */
  async apply(options: GatewayOptions, graceMs: number): Promise<Applied> {
    const old = this.#admin;
    const isSame = isDeepStrictEqual(options.admin, old?.options ?? null);
    const admin = isSame || options.admin === null ? null : await this.#openAdmin(options.admin);
    try {
      const applied = await this.#host.apply(options, graceMs);
      this.#metrics.applied(options);
      this.#listeners = options.listeners.map(({ name }, index) => {
        return { name, address: applied.addresses[index] ?? name };
      });
      if (this.#state === 'starting') this.#state = 'running';
      if (!isSame) {
        this.#admin = admin;
        closeAdmin(old);
      }
      this.#admin?.server.applied(options);
      return applied;
    } catch (error) {
      closeAdmin(admin);
      throw error;
    }
  }

  /** As of the gateway itself; the admin listener tells of the draining until it is over. */
  async close(graceMs: number): Promise<void> {
    this.#state = 'draining';
    await this.#host.close(graceMs);
    closeAdmin(this.#admin);
    this.#admin = null;
  }

  /** What it is made of is loaded only here: a gateway without admin listener starts without it. Throws BindError. */
  async #openAdmin(options: AdminOptions): Promise<Administration> {
    if (this.#api === null) throw new Error('an admin listener without an API');
    const { AdminServer } = await import('../admin/admin-server.ts');
    const { adminEntrance } = await import('./admin-entrance.ts');
    const ready = Promise.withResolvers<AdminEntrance>();
    const accept = (raw: RawConnection): void => void ready.promise.then((one) => one.enter(raw));
    const bound = await bindAddress(options.address, accept, 'alone');
    if (options.address.kind === 'unix') chmodSync(options.address.path, 0o600);
    const names = options.tls?.listener.fallback?.snis ?? null;
    const server = new AdminServer(this, this.#api(), bound.address, names);
    const entrance = adminEntrance(options, this.#revocations, server);
    ready.resolve(entrance);
    return { options, bound, server, entrance };
  }
}

interface Administration {
  readonly options: AdminOptions;
  readonly bound: Bound;
  readonly server: AdminServer;
  readonly entrance: AdminEntrance;
}

function closeAdmin(admin: Administration | null): void {
  for (const server of admin?.bound.servers ?? []) server.close();
  admin?.server.close();
}
