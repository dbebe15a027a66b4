import type { ClientLedger, ClientQuery } from '../observability/client-ledger.ts';
import type { EventSink } from '../observability/event.ts';
import type { GatewayLog } from '../observability/log.ts';
import { daysLeft, expiresSoon } from './expiring-certificates.ts';
import { ExpiryCalendar } from './expiry-calendar.ts';
import type { GatewayOptions } from './options.ts';
import { SightingBuffer } from './sighting-buffer.ts';
import {
  type CertificateStatus,
  type ClientStatus,
  clientStatus,
  type GatewayStatus,
  type ListenerStatus,
  type ObserveReadiness,
  type ReloadStatus,
} from './status.ts';
import {
  type AdmittedWanted,
  type ListenerCount,
  mergeUpstreams,
  type TimedEvent,
  type UpstreamReport,
  type WorkerGauges,
  type WorkerReport,
} from './worker-report.ts';

const RECORD_MS = 5000;
const EXPIRY_LOOK_MS = 86_400_000;
/** Sightings that wait for the disk; beyond them they are dropped. */
const MAX_PENDING = 65_536;
const MAX_CERTIFICATES = 20;

/** Follows the events as they happen. */
export interface Follower {
  /** Which connections that are simply admitted are of interest. */
  readonly wantsAdmitted: AdmittedWanted;
  /** Must not throw, and must not wait. */
  readonly take: (event: TimedEvent) => void;
  /** The gateway ends. */
  readonly end: () => void;
}

/** What serves connections, as far as it is observed. */
export interface ObservedHost {
  readonly workers: Omit<GatewayStatus['workers'], 'pids'>;
  /** The processes that accept connections. */
  readonly pids: readonly number[];
  /** Which connections that are simply admitted are reported as events. */
  reportAdmitted(wanted: AdmittedWanted): void;
  /** Reports now what this process has not reported; of others it comes by itself. */
  flush(): void;
}

/**
 * Where everything comes together that the processes of a gateway tell of themselves: it keeps the
 * ledger, passes events on to those who follow them, and says how the gateway does.
 */
export class Observer {
  readonly #about: Pick<GatewayStatus, 'version' | 'stateDir'>;
  readonly #ledger: ClientLedger;
  readonly #isKept: boolean;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #followers = new Set<Follower>();
  readonly #pending = new SightingBuffer(MAX_PENDING);
  readonly #gauges = new Map<number, WorkerGauges>();
  readonly #counts = new Map<string, ListenerCount>();
  readonly #timer: NodeJS.Timeout;
  #expiryTimer: NodeJS.Timeout | null = null;
  #log: GatewayLog | null = null;
  #host: ObservedHost | null = null;
  #options: GatewayOptions | null = null;
  #addresses: readonly string[] = [];
  #calendar: ExpiryCalendar | null = null;
  #hasToldExpiry = false;
  #protocols = new Map<string, string>();
  #upstreams: readonly UpstreamReport[] = [];
  #lastReload: ReloadStatus | null = null;
  #eventsDropped = 0;

  /** `isKept`: whether the ledger outlives the process. `now` is in milliseconds since the epoch. */
  constructor(
    version: string,
    stateDir: string,
    ledger: ClientLedger,
    isKept: boolean,
    now: () => number = Date.now,
  ) {
    this.#about = { version, stateDir };
    this.#ledger = ledger;
    this.#isKept = isKept;
    this.#now = now;
    this.#startedAt = now();
    this.#timer = setInterval(() => this.#record(), RECORD_MS).unref();
  }

  /** Told once: what is observed, and where changes are told that are seen only here. */
  watch(host: ObservedHost, log: GatewayLog): void {
    this.#host = host;
    this.#log = log;
    this.#expiryTimer = setInterval(() => this.#tellExpiry(), EXPIRY_LOOK_MS).unref();
  }

  /** Told of each snapshot that is in force, and what its listeners listen on. */
  applied(options: GatewayOptions, addresses: readonly string[]): void {
    this.#options = options;
    this.#addresses = addresses;
    this.#calendar?.close();
    this.#calendar = new ExpiryCalendar(options, () => {
      if (!this.#hasToldExpiry) this.#tellExpiry();
    });
    this.#protocols = new Map(options.listeners.map(({ name, protocol }) => [name, protocol]));
    const observing = options.listeners.filter((listener) => modesOf(listener).includes('observe'));
    this.#guarded(() => {
      this.#ledger.observe(
        observing.map(({ name }) => name),
        this.#now(),
      );
    });
  }

  /** What this process itself tells. */
  readonly publish: EventSink = (event) => {
    const at = this.#now();
    if (event.event === 'reloaded' || event.event === 'reload-failed') {
      const problems = event.event === 'reloaded' ? [] : event.problems;
      const outcome = event.event === 'reloaded' ? 'applied' : 'failed';
      this.#lastReload = { at: new Date(at).toISOString(), outcome, problems };
    }
    this.#pass({ at, event });
  };

  /** What a process that serves connections tells; `source` is its number. */
  receive(source: number, report: WorkerReport): void {
    this.#eventsDropped += report.dropped;
    for (const { listener, admitted, refused } of report.counts) {
      const count = this.#countOf(listener);
      count.admitted += admitted;
      count.refused += refused;
    }
    for (const sighting of report.sightings) {
      const protocol = this.#protocols.get(sighting.listener) ?? '';
      this.#pending.add({ ...sighting, protocol });
    }
    if (report.gauges !== null) {
      this.#gauges.set(source, report.gauges);
      this.#lookAtUpstreams();
    }
    for (const event of report.events) this.#pass(event);
    if (report.dropped > 0) {
      const event = { event: 'events-dropped', count: report.dropped } as const;
      this.#pass({ at: this.#now(), event });
    }
  }

  /** That process is no more. */
  gone(source: number): void {
    this.#gauges.delete(source);
  }

  /** Passes events to the follower until the function that is returned is called. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    this.#tellWishes();
    return () => {
      this.#followers.delete(follower);
      this.#tellWishes();
    };
  }

  status(): GatewayStatus {
    this.#host?.flush();
    this.#record();
    const now = this.#now();
    return {
      ...this.#about,
      pid: process.pid,
      startedAt: new Date(this.#startedAt).toISOString(),
      uptimeMs: now - this.#startedAt,
      workers: {
        ...(this.#host?.workers ?? { configured: 0, ready: 0 }),
        pids: this.#host?.pids ?? [],
      },
      listeners: (this.#options?.listeners ?? []).map((listener, index) => {
        const { name, protocol } = listener;
        const { admitted, refused } = this.#countOf(name);
        return {
          name,
          address: this.#addresses[index] ?? name,
          protocol,
          verify: modesOf(listener),
          connections: this.#connectionsOf(name),
          admitted,
          refused,
        } satisfies ListenerStatus;
      }),
      certificates: this.#expiringNext(now),
      lastReload: this.#lastReload,
      upstreams: this.#upstreams,
      ledger: { clients: this.#ledger.size, dropped: this.#ledger.dropped, isKept: this.#isKept },
      eventsDropped: this.#eventsDropped,
    };
  }

  /** A page of the clients that were seen. */
  clients(query: ClientQuery): { readonly items: readonly ClientStatus[]; readonly total: number } {
    this.#record();
    const { entries, total } = this.#ledger.page(query);
    return { items: entries.map(clientStatus), total };
  }

  /** `windowMs`: how long nobody may have been refused. */
  readiness(windowMs: number): ObserveReadiness {
    this.#host?.flush();
    this.#record();
    const now = this.#now();
    const since = now - windowMs;
    const observed = [...this.#ledger.observedSince()];
    const refused = this.#ledger.countObserved(since, 'refused');
    const isYoung = observed.some(([, begun]) => begun > since);
    const reason =
      observed.length === 0
        ? 'not-observing'
        : refused > 0
          ? 'refusals'
          : isYoung
            ? 'too-young'
            : null;
    return {
      ready: reason === null,
      reason,
      windowMs,
      listeners: observed.map(([listener, begun]) => {
        return { listener, since: new Date(begun).toISOString() };
      }),
      seen: this.#ledger.countObserved(since, 'seen'),
      refused,
      clients: this.#ledger.entries({ observedRefusedSince: since }).map(clientStatus),
    };
  }

  /** Lets everyone go who follows the events. */
  dismiss(): void {
    this.#host?.flush();
    for (const follower of this.#followers) follower.end();
    this.#followers.clear();
  }

  /** Writes what is left to the ledger, and closes it. */
  close(): void {
    this.#host?.flush();
    clearInterval(this.#timer);
    if (this.#expiryTimer !== null) clearInterval(this.#expiryTimer);
    this.#calendar?.close();
    this.#record();
    this.#ledger.close();
  }

  #pass(event: TimedEvent): void {
    for (const follower of this.#followers) follower.take(event);
  }

  #tellWishes(): void {
    const wishes = new Set([...this.#followers].map(({ wantsAdmitted }) => wantsAdmitted));
    this.#host?.reportAdmitted(wishes.has('all') ? 'all' : wishes.has('some') ? 'some' : 'none');
  }

  #countOf(listener: string): ListenerCount {
    let count = this.#counts.get(listener);
    if (count === undefined) {
      count = { listener, admitted: 0, refused: 0 };
      this.#counts.set(listener, count);
    }
    return count;
  }

  #connectionsOf(name: string): number {
    let sum = 0;
    for (const { connections } of this.#gauges.values()) {
      sum += connections.find(({ listener }) => listener === name)?.connections ?? 0;
    }
    return sum;
  }

  #lookAtUpstreams(): void {
    const before = new Map(this.#upstreams.map(({ name, state }) => [name, state]));
    this.#upstreams = mergeUpstreams([...this.#gauges.values()].flatMap((one) => one.upstreams));
    for (const { name, state, detail } of this.#upstreams) {
      const was = before.get(name);
      if (state === 'down' && was !== 'down') this.#log?.upstreamChanged(name, 'down', detail);
      if (state === 'up' && was === 'down') this.#log?.upstreamChanged(name, 'up', null);
    }
  }

  #expiringNext(now: number): readonly CertificateStatus[] {
    const next = this.#calendar?.all.slice(0, MAX_CERTIFICATES) ?? [];
    return next.map(({ certificate, role, subject, notAfter }) => {
      const days = daysLeft(notAfter, now);
      return { certificate, role, subject, notAfter: new Date(notAfter).toISOString(), days };
    });
  }

  #tellExpiry(): void {
    this.#hasToldExpiry = true;
    const now = this.#now();
    const soon = (this.#calendar?.all ?? []).filter((one) => expiresSoon(one, now)).values();
    const tellSome = (): void => {
      for (let told = 0; told < 100; told++) {
        const { value: one } = soon.next();
        if (one === undefined) return;
        const { certificate, subject, notAfter } = one;
        const days = daysLeft(notAfter, now);
        this.#log?.certificateExpires({ certificate, subject, notAfter, days });
      }
      // There may be ten thousand, and connections to be served.
      setTimeout(tellSome, 10).unref();
    };
    tellSome();
  }

  #record(): void {
    const sightings = this.#pending.take();
    if (sightings.length === 0) return;
    this.#guarded(() => this.#ledger.record(sightings));
  }

  /** A full disk must not end the gateway. */
  #guarded(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#log?.fault('ledger', error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function modesOf({ tls }: GatewayOptions['listeners'][number]): string[] {
  const all = tls.fallback === null ? tls.certificates : [tls.fallback, ...tls.certificates];
  return [...new Set(all.map(({ mode }) => mode))];
}
