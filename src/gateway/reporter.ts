import { isDeepStrictEqual } from 'node:util';
import {
  type EventSink,
  type GatewayEvent,
  type HandshakeEvent,
  isRefusal,
  levelOf,
} from '../observability/event.ts';
import { type Pending, SightingBuffer } from './sighting-buffer.ts';
import type {
  AdmittedWanted,
  ListenerCount,
  TimedEvent,
  WorkerGauges,
  WorkerReport,
} from './worker-report.ts';

const PACE_MS = 250;
/** Of one report; beyond them they are dropped, and counted. */
const MAX_EVENTS = 1024;
/** Connections that are simply admitted, where some are wanted. */
const SOME_ADMITTED = 5;
const MAX_SIGHTINGS = 4096;

/** Hands a report over, and calls `sent` when the next one may come. */
export type SendReport = (report: WorkerReport, sent: () => void) => void;

/**
 * Collects what happens in a process that serves connections, and reports it four times a second in one
 * piece. Takes no more than it has room for and waits for nobody. Connections that are simply admitted
 * are counted and entered in the ledger; as events they are reported only while somebody follows them.
 */
export class Reporter {
  readonly #gauges: () => WorkerGauges;
  readonly #send: SendReport;
  readonly #timer: NodeJS.Timeout;
  #admittedWanted: AdmittedWanted = 'none';
  #admittedReported = 0;
  #isSending = false;
  #events: TimedEvent[] = [];
  #dropped = 0;
  #counts = new Map<string, ListenerCount>();
  readonly #sightings = new SightingBuffer(MAX_SIGHTINGS);
  /** The one that is added: used again and again. */
  readonly #seen: Pending = {
    listener: '',
    protocol: '',
    fingerprint: null,
    address: '',
    subject: '',
    notAfter: null,
    user: null,
    mode: 'false',
    decision: 'admit',
    finding: null,
    firstSeen: 0,
    lastSeen: 0,
    count: 1,
  };
  #lastGauges: WorkerGauges | null = null;

  constructor(gauges: () => WorkerGauges, send: SendReport) {
    this.#gauges = gauges;
    this.#send = send;
    this.#timer = setInterval(() => this.report(), PACE_MS).unref();
  }

  readonly take: EventSink = (event) => {
    if (levelOf(event) === 'debug') return;
    if (event.event === 'handshake') {
      this.#count(event);
      if (isDecided(event)) this.#see(event);
      if (!isRefusal(event) && !this.#isWanted()) return;
    }
    this.#queue(event);
  };

  /** Which connections that are simply admitted are reported as events. */
  set admittedWanted(wanted: AdmittedWanted) {
    this.#admittedWanted = wanted;
  }

  /** Reports now what there is. Comes by itself. */
  report(): void {
    if (this.#isSending) return;
    const gauges = this.#gauges();
    const hasSameGauges = isDeepStrictEqual(gauges, this.#lastGauges);
    if (hasSameGauges && this.#counts.size === 0 && this.#events.length + this.#dropped === 0) {
      return;
    }
    const report: WorkerReport = {
      kind: 'report',
      events: this.#events,
      dropped: this.#dropped,
      sightings: this.#sightings.take(),
      counts: [...this.#counts.values()],
      gauges: hasSameGauges ? null : gauges,
    };
    this.#events = [];
    this.#admittedReported = 0;
    this.#dropped = 0;
    this.#counts = new Map();
    this.#lastGauges = gauges;
    this.#isSending = true;
    this.#send(report, () => {
      this.#isSending = false;
    });
  }

  /** Reports what there is for the last time. */
  close(): void {
    clearInterval(this.#timer);
    this.#isSending = false;
    this.report();
  }

  /** Of one more that is simply admitted. */
  #isWanted(): boolean {
    if (this.#admittedWanted !== 'some') return this.#admittedWanted === 'all';
    return ++this.#admittedReported <= SOME_ADMITTED;
  }

  #queue(event: GatewayEvent): void {
    if (this.#events.length < MAX_EVENTS) this.#events.push({ at: Date.now(), event });
    else this.#dropped++;
  }

  #count({ listener, outcome }: HandshakeEvent): void {
    let count = this.#counts.get(listener);
    if (count === undefined) {
      count = { listener, admitted: 0, refused: 0 };
      this.#counts.set(listener, count);
    }
    if (outcome === 'refused') count.refused++;
    else count.admitted++;
  }

  #see({ listener, peer, remoteAddress, user, mode, cause, startedAt }: HandshakeEvent): void {
    const seen = this.#seen;
    seen.listener = listener;
    seen.fingerprint = peer?.fingerprint ?? null;
    seen.address = remoteAddress;
    seen.subject = peer?.subject ?? '';
    seen.notAfter = peer?.notAfter ?? null;
    seen.user = user;
    seen.mode = mode ?? 'false';
    seen.decision = cause === null ? 'admit' : 'refuse';
    seen.finding = cause;
    seen.firstSeen = startedAt;
    seen.lastSeen = startedAt;
    this.#sightings.add(seen);
  }
}

/** Whether it came so far that the client itself was decided upon. Scans and broken handshakes are no clients. */
function isDecided({ version, cause }: HandshakeEvent): boolean {
  return version !== null || cause === 'no-certificate';
}
