import {
  type EventLevel,
  type EventSink,
  type GatewayEvent,
  type HandshakeEvent,
  inShort,
  isWritten,
  levelOf,
  type LogLevel,
} from './event.ts';
import { expiry, moreText } from './event-text.ts';
import { isUsual, putAdmitted } from './admitted-line.ts';
import { isoTime } from './iso-time.ts';
import { LineWriter } from './line-writer.ts';

/** How long events that can wait do so, or until there are so many. */
const WAIT_MS = 100;
const MANY = 64;

interface Waiting {
  readonly event: GatewayEvent;
  readonly level: EventLevel;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Writes one line of JSON an event to a file descriptor (default: standard error). What only says that
 * all is well, a client that was admitted, waits for a tenth of a second, so that a busy gateway makes
 * and writes many lines at once, which costs a third of making each between two handshakes; everything
 * else is written at once, behind what waits. A line that can't be written is left out, and counted;
 * nothing throws.
 */
export class JsonLog {
  readonly #writer: LineWriter;
  readonly #level: LogLevel;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(fd = 2, level: LogLevel = 'info') {
    this.#writer = new LineWriter(fd);
    this.#level = level;
  }

  readonly take: EventSink = (event) => {
    const level = levelOf(event);
    if (!isWritten(level, this.#level)) return;
    this.#waiting.push({ event, level, at: Date.now() });
    if (!canWait(event) || this.#waiting.length >= MANY) return this.flush();
    if (this.#timer !== null) return;
    this.#timer = setTimeout(this.flush, WAIT_MS).unref();
    process.once('exit', this.flush);
  };

  /** Writes what waits. Comes by itself, at the end of the process too. */
  readonly flush = (): void => {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
      process.off('exit', this.flush);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) this.#print(each);
    this.#writer.flush();
  };

  #print({ event, level, at }: Waiting): void {
    if (canWait(event) && isUsual(event)) this.#writer.put(putAdmitted, { event, at });
    else this.#writer.add(lineOf(event, level, at));
  }

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#writer.dropped;
  }
}

function canWait(event: GatewayEvent): event is HandshakeEvent {
  return event.event === 'handshake' && event.outcome === 'admitted' && event.cause === null;
}

/** Level and time come first, words last. */
function lineOf(event: GatewayEvent, level: EventLevel, at: number): string {
  const fields = JSON.stringify(inShort(event));
  const msg = JSON.stringify(messageOf(event));
  return `{"level":"${level}","time":"${isoTime(at)}",${fields.slice(1, -1)},"msg":${msg}}\n`;
}

/** The event in some words; the fields say the rest. */
function messageOf(event: GatewayEvent): string {
  switch (event.event) {
    case 'listening':
      return `listening on ${event.address}`;
    case 'handshake':
      if (event.outcome === 'refused') return `refused: ${event.cause}`;
      return event.cause === null ? 'admitted' : `admitted, would be refused: ${event.cause}`;
    case 'passed-through':
      return `${event.sni} was handed on to ${event.upstream}`;
    case 'connections-refused':
      return `${event.count} connections closed: ${event.cause}`;
    case 'connections-capped':
      return `at most ${event.openFiles} files can be open, which is ${event.possible} connections instead of ${event.configured} in each process: raise ulimit -n`;
    case 'request-refused':
      return `request refused: ${event.cause}`;
    case 'credentials-ignored':
      return 'a user was named that the certificate is not';
    case 'upstream-failed':
      return event.detail;
    case 'upstream-changed':
      return `upstream ${event.upstream} is ${event.state}`;
    case 'certificate-expires':
      return `${event.certificate} ${expiry(event.days)}`;
    case 'revoked':
      return `the certificate ${event.serialNumber} was revoked`;
    case 'enrolled':
      return `a certificate was issued for ${event.by}`;
    case 'enrolment-refused':
      return `an enrolment was refused: ${event.cause}`;
    case 'certificate-renewed':
      return `${event.certificate} was renewed`;
    case 'crl-published':
      return `${event.file} was published anew`;
    case 'authority-unusable':
      return event.problem;
    case 'fault':
      return event.error;
    case 'reloaded':
      return 'the configuration was reloaded';
    case 'reload-failed':
      return `the configuration was not reloaded, the last good one stays: ${event.problems[0]}`;
    case 'worker-died':
      return `a worker died: ${event.cause}`;
    case 'state-unusable':
      return event.problem;
    case 'stopping':
      return `stopping: ${event.reason}`;
    case 'more-like-it':
      return moreText(event);
    case 'events-dropped':
      return `${event.count} events were left out`;
  }
}
