import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { RawConnection } from '../tls/raw-connection.ts';
import type { DialledUpstream } from '../frontends/frontend.ts';
import { UpstreamClients, type UpstreamUse } from '../frontends/http/origins/proxy.ts';
import type { ProxyEvents } from '../frontends/http/origins/upstream-client.ts';
import type { GatewayLog } from '../observability/log.ts';
import { NOTHING_OPEN, type OpenConnections } from '../observability/listener-meter.ts';
import type { ProcessMetrics } from '../observability/process-meters.ts';
import {
  type IssuedCertificate,
  LiveRevocations,
  type RevocationNews,
} from '../tls/live-revocations.ts';
import { type MaterialSource, NO_MATERIAL } from '../tls/server-material.ts';
import { SessionMemory, type SessionStore } from '../tls/session-store.ts';
import type { BindMode } from './bind.ts';
import { ConnectionCap } from './connection-cap.ts';
import { ConnectionRoom } from './entrance.ts';
import { GatewayListener } from './listener.ts';
import type { GatewayOptions, ListenerOptions } from './options.ts';
import type { ProcessParts } from './process-parts.ts';
import { Telemetry } from './telemetry.ts';
import type { HostMetrics } from './worker-metrics.ts';
import { mergeUpstreams, type WorkerGauges } from './worker-report.ts';

/** What a change of options did to the connections of this process. */
export interface Applied {
  /** What each listener listens on, in the order of the options, such as `127.0.0.1:9443`. */
  readonly addresses: readonly string[];
  /** Connections closed because the new options would not have admitted them. */
  readonly closed: number;
}

/** The listeners of one process, under one snapshot of options at a time. */
export class Gateway {
  readonly #log: GatewayLog;
  readonly #logDropped: () => number;
  readonly #mode: BindMode;
  readonly #upstreams: UpstreamClients;
  readonly #revocations = new LiveRevocations();
  readonly #telemetry = new Telemetry();
  readonly #cap = new ConnectionCap();
  readonly #parts: ProcessParts;
  #listeners: readonly GatewayListener[] = [];
  /** Of earlier options. */
  readonly #draining = new Set<GatewayListener>();
  #isApplied = false;

  /**
   * `sessions` are those that clients may resume. They outlive every snapshot: each resumes only under
   * what it was made with. `logDropped`: how many lines the log could not write. `materials` has the
   * certificates and keys that options name by `materialId`; by default they name none.
   */
  constructor(
    log: GatewayLog,
    mode: BindMode,
    sessions: SessionStore = new SessionMemory(),
    logDropped: () => number = () => 0,
    materials: MaterialSource = NO_MATERIAL,
  ) {
    this.#log = log;
    this.#logDropped = logDropped;
    this.#mode = mode;
    const meterOf = (name: string) => this.#telemetry.meters.upstream(name);
    const events: ProxyEvents = {
      upstreamFailed: (name, failure, id) => {
        meterOf(name).failed(failure.code);
        log.upstreamFailed(name, failure, id);
      },
    };
    this.#upstreams = new UpstreamClients(events, meterOf);
    this.#parts = {
      upstreams: this.#upstreams,
      sessions,
      materials,
      revocations: this.#revocations,
      room: new ConnectionRoom(this.#cap.room),
      log,
      telemetry: this.#telemetry,
    };
  }

  /** How many processes accept connections: this one. */
  get workers(): { readonly configured: number; readonly ready: number } {
    return { configured: 1, ready: this.#isApplied ? 1 : 0 };
  }

  /** The same as a host of one process. */
  metrics(): HostMetrics {
    const processes = new Map([['primary', this.measure()]]);
    return { processes, retired: [], workersRestarted: 0 };
  }

  /** The connections and upstreams of now. */
  get gauges(): WorkerGauges {
    return {
      connections: this.#listeners.map(({ options: { name }, size }) => {
        return { listener: name, connections: size };
      }),
      upstreams: mergeUpstreams(
        this.#dialled().map(({ name, health: { state, failures, lastFailure } }) => {
          return { name, state, failures, detail: lastFailure?.detail ?? null };
        }),
      ),
    };
  }

  /** What this process has measured since it was started. */
  measure(): ProcessMetrics {
    return this.#telemetry.meters.read({
      open: this.#open(),
      upstreams: this.#dialled().flatMap(({ name, health: { state } }) =>
        state === 'unknown' ? [] : [{ name, isUp: state === 'up' }],
      ),
      linesDropped: this.#telemetry.accessLog.dropped + this.#logDropped(),
      residentBytes: process.memoryUsage.rss(),
    });
  }

  /**
   * Makes `options` the snapshot of now, as a whole: throws BindError where a new listener can't be
   * opened, and nothing has changed then. Listeners whose options did not change are left alone;
   * those that are gone drain, for `graceMs` at most.
   */
  async apply(options: GatewayOptions, graceMs: number): Promise<Applied> {
    const kept = new Map(this.#listeners.map((listener) => [listener.options.name, listener]));
    const accessLog = this.#telemetry.open(options);
    const fresh = options.listeners.filter(({ name }) => !kept.has(name));
    const opened = await this.#bind(fresh).catch((error: unknown) => {
      accessLog?.file.close();
      throw error;
    });
    let closed = 0;
    const listeners = options.listeners.map((wanted) => {
      const added = opened.get(wanted.name);
      if (added !== undefined) return added;
      const listener = kept.get(wanted.name) as GatewayListener;
      kept.delete(wanted.name);
      if (!isDeepStrictEqual(listener.options, wanted)) closed += listener.replace(wanted);
      return listener;
    });
    for (const gone of kept.values()) this.#drain(gone, graceMs);
    this.#telemetry.use(options, accessLog);
    this.#listeners = listeners;
    this.#isApplied = true;
    this.#upstreams.retain(upstreamUses(options));
    // Of several processes the primary tells.
    if (this.#mode === 'alone') this.#cap.tell(options.listeners, this.#log);
    return { addresses: listeners.map(({ address }) => address), closed };
  }

  /**
   * Refuses these certificates from now on, also where their sessions are resumed, and closes what is
   * open for them. Returns how many connections were closed.
   */
  revoke(news: RevocationNews): number {
    this.#revocations.learn(news);
    const serialNumbers = new Set(news.revoked.map(({ serialNumber }) => serialNumber));
    if (serialNumbers.size === 0) return 0;
    return [...this.#listeners, ...this.#draining].reduce(
      (closed, listener) => closed + listener.closeRevoked(serialNumbers),
      0,
    );
  }

  /** How many connections of now would be closed if this certificate were revoked. */
  countRelyingOn(certificate: IssuedCertificate): number {
    return [...this.#listeners, ...this.#draining].reduce(
      (count, listener) => count + listener.countRelyingOn(certificate),
      0,
    );
  }

  /** Gives a connection that another process accepted to the listener of this name. */
  adopt(listener: string, socket: Socket): void {
    const found = this.#listeners.find(({ options }) => options.name === listener);
    if (found === undefined) {
      socket.destroy();
      return;
    }
    const raw = RawConnection.of(socket);
    if (raw !== null) found.accept(raw);
  }

  /**
   * Stops accepting, lets requests in flight end, and after `graceMs` milliseconds closes what is left.
   * Resolves when every connection is gone.
   */
  async close(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close(graceMs)));
    this.#upstreams.close();
    this.#telemetry.accessLog.close();
  }

  #drain(listener: GatewayListener, graceMs: number): void {
    this.#draining.add(listener);
    void listener.close(graceMs).then(() => this.#draining.delete(listener));
  }

  /** How the upstreams are; one may be there more than once. */
  #dialled(): DialledUpstream[] {
    return [...this.#upstreams.health(), ...this.#listeners.flatMap((one) => one.upstreams)];
  }

  /** The connections of now by the name of their listener, those of listeners that are gone included. */
  #open(): Map<string, OpenConnections> {
    const all = new Map<string, OpenConnections>();
    for (const { options, open } of [...this.#listeners, ...this.#draining]) {
      const { count, receivedBytes, sentBytes } = all.get(options.name) ?? NOTHING_OPEN;
      all.set(options.name, {
        count: count + open.count,
        receivedBytes: receivedBytes + open.receivedBytes,
        sentBytes: sentBytes + open.sentBytes,
      });
    }
    return all;
  }

  /** All or none. */
  async #bind(wanted: readonly ListenerOptions[]): Promise<Map<string, GatewayListener>> {
    const opened = new Map<string, GatewayListener>();
    try {
      for (const options of wanted) {
        const listener = new GatewayListener(options, this.#parts);
        await listener.bind(this.#mode);
        opened.set(options.name, listener);
      }
    } catch (error) {
      await Promise.all([...opened.values()].map((listener) => listener.close(0)));
      throw error;
    }
    return opened;
  }
}

function* upstreamUses(options: GatewayOptions): Generator<UpstreamUse> {
  for (const listener of options.listeners) {
    if (listener.protocol !== 'https' && listener.protocol !== 'http') continue;
    const { site, sites, http } = listener;
    for (const { routes } of [site, ...sites.values()]) {
      for (const { target } of routes) {
        if (target.kind === 'proxy') yield { ...target, limits: http };
      }
    }
  }
}
