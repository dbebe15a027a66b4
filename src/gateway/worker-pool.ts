import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:net';
import type { RawConnection } from '../tls/raw-connection.ts';
import { serialize } from 'node:v8';
import type { GatewayLog } from '../observability/log.ts';
import type { IssuedCertificate, RevocationNews } from '../tls/live-revocations.ts';
import { BindError, bindAddress } from './bind.ts';
import { ConnectionCap } from './connection-cap.ts';
import { MaterialDesk, type WorkerSnapshot } from './deferred-material.ts';
import type { Applied } from './gateway.ts';
import type { GatewayOptions, ListenAddress, ListenerLimits, ListenerOptions } from './options.ts';
import type { Observer } from './observer.ts';
import { SessionExchange } from './session-exchange.ts';
import type { SpareWorkers } from './spare-workers.ts';
import type { ApplyAnswer, FromWorker, ToWorker } from './worker-messages.ts';
import { type HostMetrics, type MeasuredWorker, WorkerMetrics } from './worker-metrics.ts';
import { WorkerQuestions } from './worker-questions.ts';
import type { AdmittedWanted } from './worker-report.ts';
import { WorkerRevocations } from './worker-revocations.ts';

/** A worker that lived this long had no trouble starting. */
const SETTLED_MS = 10_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
const DIED = 'DIED';
/** How often the secrets of tickets are looked at, which are replaced much more rarely. */
const TICKET_SECRETS_LOOK_MS = 60_000;

interface Worker extends MeasuredWorker {
  readonly process: ChildProcess;
  readonly startedAt: number;
  /** The version of the options that it runs with; 0: none yet. */
  applied: number;
  /** Waits for the answer to the last `apply`. */
  answer: PromiseWithResolvers<ApplyAnswer>;
}

/**
 * The listeners of a gateway spread over several processes, each accepting on its own socket. This
 * process accepts nothing itself (but on unix sockets, whose connections it hands over), and replaces
 * workers that die.
 */
export class WorkerPool {
  readonly #count: number;
  readonly #log: GatewayLog;
  readonly #observer: Observer;
  readonly #spares: SpareWorkers;
  readonly #cap = new ConnectionCap();
  readonly #workers = new Set<Worker>();
  readonly #sessions = new SessionExchange(() => this.#workers);
  readonly #materials = new MaterialDesk();
  readonly #metrics = new WorkerMetrics();
  readonly #revocations = new WorkerRevocations();
  readonly #relying = new WorkerQuestions<number>();
  readonly #ticketSecretsTimer: NodeJS.Timeout;
  readonly #reserved = new Map<
    string,
    { address: ListenAddress; shown: string; servers: Server[] }
  >();
  #snapshot: WorkerSnapshot | null = null;
  #graceMs = 0;
  #version = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #nextForHandover = 0;
  readonly #restarts = new Set<NodeJS.Timeout>();
  #admittedWanted: AdmittedWanted = 'none';
  #isClosing = false;

  /** `observer` is told what the workers report. Workers are taken from `spares`. */
  constructor(count: number, log: GatewayLog, observer: Observer, spares: SpareWorkers) {
    this.#count = count;
    this.#spares = spares;
    this.#observer = observer;
    this.#log = log;
    this.#ticketSecretsTimer = setInterval(() => this.#tellSecrets(), TICKET_SECRETS_LOOK_MS);
    this.#ticketSecretsTimer.unref();
  }

  /** How many processes accept connections, and how many do so under the options of now. */
  get workers(): { readonly configured: number; readonly ready: number } {
    const ready = [...this.#workers].filter(({ applied }) => applied === this.#version);
    return { configured: this.#count, ready: ready.length };
  }

  get pids(): readonly number[] {
    return [...this.#workers].flatMap(({ process: { pid } }) => pid ?? []);
  }

  /** What the workers have measured. */
  metrics(): Promise<HostMetrics> {
    return this.#metrics.collect([...this.#workers]);
  }

  /**
   * Makes `options` the snapshot of every worker, starting them the first time. Throws BindError where
   * a new listener's address is taken; nothing has changed then.
   */
  async apply(options: GatewayOptions, graceMs: number): Promise<Applied> {
    await this.#reserve(options.listeners);
    this.#graceMs = graceMs;
    const listeners = options.listeners.map((listener) => this.#share(listener));
    // Files are watched here; the names of thousands would be much of what is sent.
    this.#snapshot = this.#materials.snapshot({ ...options, listeners, watchedFiles: [] });
    this.#version++;
    const isFirst = this.#workers.size === 0;
    const snapshot = serialize(this.#snapshot);
    if (isFirst) {
      for (let started = 0; started < this.#count; started++) this.#start(snapshot);
    } else {
      for (const worker of this.#workers) this.#tell(worker, snapshot);
    }
    const answers = await Promise.all([...this.#workers].map(({ answer }) => answer.promise));
    // A worker that died over it is replaced by one that starts with the new options.
    const failure = answers.find(
      (answer) => answer.kind === 'failed' && (isFirst || answer.code !== DIED),
    );
    if (failure?.kind === 'failed') throw new BindError(failure.code, failure.message);
    this.#release(options.listeners);
    this.#materials.settle();
    this.#cap.tell(listeners, this.#log);
    return {
      addresses: options.listeners.map(({ name }) => this.#reserved.get(name)?.shown ?? name),
      closed: answers.reduce(
        (sum, answer) => sum + (answer.kind === 'applied' ? answer.closed : 0),
        0,
      ),
    };
  }

  /** As of a gateway; resolves when every worker has closed what it had to. */
  revoke(news: RevocationNews): Promise<number> {
    return this.#revocations.tell(this.#workers, news);
  }

  /** As of a gateway; of a worker that takes too long nothing is counted. */
  async countRelyingOn(certificate: IssuedCertificate): Promise<number> {
    const counts = await Promise.all(
      [...this.#workers].map((worker) =>
        this.#relying.ask(
          worker,
          (question) => ({ kind: 'count-relying', question, certificate }),
          0,
        ),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** As of a gateway; workers that are started later are told as well. */
  reportAdmitted(wanted: AdmittedWanted): void {
    this.#admittedWanted = wanted;
    for (const worker of this.#workers) send(worker, { kind: 'report-admitted', wanted });
  }

  /** The workers report by themselves. */
  flush(): void {}

  /** Lets every worker drain, for `graceMs` milliseconds at most, and waits until they are gone. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    for (const restart of this.#restarts) clearTimeout(restart);
    clearInterval(this.#ticketSecretsTimer);
    for (const { servers } of this.#reserved.values()) for (const server of servers) server.close();
    await Promise.all(
      [...this.#workers].map(async (worker) => {
        const gone = once(worker.process, 'exit');
        send(worker, { kind: 'stop', graceMs });
        const late = setTimeout(() => worker.process.kill('SIGKILL'), graceMs + 2_000);
        await gone;
        clearTimeout(late);
      }),
    );
  }

  /**
   * Binds each new address as if alone, so that a second gateway fails instead of sharing it. TCP is
   * then left to the workers; a unix socket stays here.
   */
  async #reserve(listeners: readonly ListenerOptions[]): Promise<void> {
    const fresh: string[] = [];
    try {
      for (const { name, address } of listeners) {
        if (this.#reserved.has(name)) continue;
        const bound = await bindAddress(address, (raw) => this.#handOver(name, raw), 'alone');
        if (address.kind === 'unix') {
          this.#reserved.set(name, { address, shown: bound.address, servers: [...bound.servers] });
        } else {
          const port = Number(bound.address.slice(bound.address.lastIndexOf(':') + 1));
          await Promise.all(bound.servers.map((server) => server.close() && once(server, 'close')));
          this.#reserved.set(name, {
            address: { ...address, port },
            shown: bound.address,
            servers: [],
          });
        }
        fresh.push(name);
      }
    } catch (error) {
      for (const name of fresh) this.#drop(name);
      throw error;
    }
  }

  #release(listeners: readonly ListenerOptions[]): void {
    const wanted = new Set(listeners.map(({ name }) => name));
    for (const name of this.#reserved.keys()) if (!wanted.has(name)) this.#drop(name);
  }

  #drop(name: string): void {
    for (const server of this.#reserved.get(name)?.servers ?? []) server.close();
    this.#reserved.delete(name);
  }

  /** What one worker gets: the port that was found, where any would do, and its share of the limits. */
  #share(listener: ListenerOptions): ListenerOptions {
    const address = this.#reserved.get(listener.name)?.address ?? listener.address;
    return { ...listener, address, limits: shareOf(listener.limits, this.#count) };
  }

  #handOver(listener: string, raw: RawConnection): void {
    const workers = [...this.#workers];
    const worker = workers[this.#nextForHandover++ % Math.max(workers.length, 1)];
    if (worker === undefined || !worker.process.connected) raw.destroy();
    else worker.process.send({ kind: 'connection', listener } satisfies ToWorker, raw.toSocket());
  }

  #start(snapshot: Buffer): void {
    const process_ = this.#spares.take();
    const worker: Worker = {
      process: process_,
      place: this.#freePlace(),
      ask: (message) => process_.connected && process_.send(message, passOver),
      startedAt: Date.now(),
      applied: 0,
      answer: Promise.withResolvers(),
    };
    this.#workers.add(worker);
    process_.on('message', (message) => this.#receive(worker, message as FromWorker));
    process_.on('error', (error) => this.#log.fault('worker', error));
    process_.on('exit', (code, signal) => this.#ended(worker, code, signal));
    send(worker, this.#sessions.ticketSecrets);
    send(worker, { kind: 'report-admitted', wanted: this.#admittedWanted });
    this.#revocations.greet(worker);
    this.#tell(worker, snapshot);
  }

  #freePlace(): number {
    const taken = new Set([...this.#workers].map(({ place }) => place));
    let place = 1;
    while (taken.has(place)) place++;
    return place;
  }

  #tellSecrets(): void {
    const message = this.#sessions.replacedTicketSecrets();
    if (message === null) return;
    for (const worker of this.#workers) send(worker, message);
  }

  #receive(worker: Worker, message: FromWorker): void {
    switch (message.kind) {
      case 'sessions-kept':
      case 'session-wanted':
        this.#sessions.receive(message, (answer) => send(worker, answer));
        return;
      case 'material-wanted':
        send(worker, this.#materials.answer(message));
        return;
      case 'metrics':
        this.#metrics.answered(worker, message);
        return;
      case 'revocation-done':
        this.#revocations.answered(message);
        return;
      case 'relying':
        this.#relying.answered(message.question, message.count);
        return;
      case 'report':
        this.#observer.receive(worker.process.pid ?? 0, message);
        return;
      case 'applied':
        worker.applied = message.version;
        worker.answer.resolve(message);
        return;
      case 'failed':
        worker.answer.resolve(message);
    }
  }

  #tell(worker: Worker, snapshot: Buffer): void {
    worker.answer = Promise.withResolvers();
    send(worker, { kind: 'apply', version: this.#version, snapshot, graceMs: this.#graceMs });
  }

  /** Replaces a worker that died; one that dies young waits longer each time. */
  #ended(worker: Worker, code: number | null, signal: NodeJS.Signals | null): void {
    this.#workers.delete(worker);
    this.#observer.gone(worker.process.pid ?? 0);
    const cause = signal ?? `exit status ${code}`;
    worker.answer.resolve({ kind: 'failed', version: this.#version, code: DIED, message: cause });
    this.#metrics.ended(worker, !this.#isClosing);
    if (this.#isClosing) return;
    const isSettled = Date.now() - worker.startedAt > SETTLED_MS;
    this.#pauseMs = isSettled ? FIRST_PAUSE_MS : Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#log.workerDied(worker.process.pid ?? 0, cause, this.#pauseMs);
    const restart = setTimeout(() => {
      this.#restarts.delete(restart);
      if (this.#workers.size < this.#count) this.#start(serialize(this.#snapshot));
    }, this.#pauseMs);
    this.#restarts.add(restart);
  }
}

function shareOf(limits: ListenerLimits, workers: number): ListenerLimits {
  const { connections, connectionsPerAddress } = limits;
  return {
    ...limits,
    connections: Math.ceil(connections / workers),
    connectionsPerAddress:
      connectionsPerAddress === null ? null : Math.ceil(connectionsPerAddress / workers),
  };
}

function send(worker: Worker, message: ToWorker): void {
  if (worker.process.connected) worker.process.send(message, passOver);
}

/** What can't be sent to a worker that is going: that it goes is told by its exit. */
function passOver(): void {}
