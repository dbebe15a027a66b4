import {
  type EventLevel,
  type EventSink,
  type GatewayEvent,
  inShort,
  isWritten,
  levelOf,
  type LogLevel,
} from './event.ts';
import { expiry, moreText } from './event-text.ts';
import { isoTime } from './iso-time.ts';
import { LineWriter } from './line-writer.ts';

/**
 * Writes one line of JSON an event to a file descriptor (default: standard error). What only says that
 * all is well, a client that was admitted, waits for a tenth of a second, so that a busy gateway writes
 * many of them at once; everything else is written at once, behind what waits. A line that can't be
 * written is left out, and counted; nothing throws.
 */
export class JsonLog {
  readonly #writer: LineWriter;
  readonly #level: LogLevel;

  constructor(fd = 2, level: LogLevel = 'info') {
    this.#writer = new LineWriter(fd);
    this.#level = level;
  }

  readonly take: EventSink = (event) => {
    const level = levelOf(event);
    if (!isWritten(level, this.#level)) return;
    const line = lineOf(event, level);
    if (canWait(event)) this.#writer.gather(line);
    else this.#writer.write(line);
  };

  /** Writes what waits. Comes by itself, at the end of the process too. */
  flush(): void {
    this.#writer.flush();
  }

  /** Lines that could not be written. */
  get dropped(): number {
    return this.#writer.dropped;
  }
}

function canWait(event: GatewayEvent): boolean {
  return event.event === 'handshake' && event.outcome === 'admitted' && event.cause === null;
}

/** Level and time come first, words last. */
function lineOf(event: GatewayEvent, level: EventLevel): string {
  const fields = JSON.stringify(inShort(event));
  const msg = JSON.stringify(messageOf(event));
  return `{"level":"${level}","time":"${isoTime(Date.now())}",${fields.slice(1, -1)},"msg":${msg}}\n`;
}

/** The event in some words; the fields say the rest. */
function messageOf(event: GatewayEvent): string {
  switch (event.event) {
    case 'listening':
      return `listening on ${event.address}`;
    case 'handshake':
      if (event.outcome === 'refused') return `refused: ${event.cause}`;
      return event.cause === null ? 'admitted' : `admitted, would be refused: ${event.cause}`;
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
