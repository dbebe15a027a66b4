import { writeSync } from 'node:fs';
import { type EventSink, type GatewayEvent, levelOf } from './event.ts';
import { expiry, moreText } from './event-text.ts';

/** How long a reader that takes nothing is waited for, milliseconds: the connections wait with it. */
const PATIENCE_MS = 1000;
const AGAIN_MS = 5;

/**
 * Writes one line of JSON an event to a file descriptor (default: standard error). A line that can't be
 * written is left out; nothing throws.
 */
export function createJsonSink(
  options: { readonly fd?: number; readonly level?: 'info' | 'debug' } = {},
): EventSink {
  const { fd = 2, level: least = 'info' } = options;
  const writer = new LineWriter(fd);
  return (event) => {
    const level = levelOf(event);
    if (level === 'debug' && least === 'info') return;
    const time = new Date().toISOString();
    writer.write(`${JSON.stringify({ level, time, ...event, msg: messageOf(event) })}\n`);
  };
}

/** Writes whole lines, at once. */
class LineWriter {
  readonly #fd: number;
  /** Whether a part of a line was written, with which the next would be lost. */
  #isTorn = false;
  /** Until the reader takes something again. */
  #patienceMs = PATIENCE_MS;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(line: string): void {
    const bytes = Buffer.from(this.#isTorn ? `\n${line}` : line);
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#fd, bytes, at);
        this.#isTorn = at < bytes.length;
        this.#patienceMs = PATIENCE_MS;
      } catch (error) {
        const isFull = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!isFull || this.#patienceMs <= 0) return;
        Atomics.wait(STANDSTILL, 0, 0, AGAIN_MS);
        this.#patienceMs -= AGAIN_MS;
      }
    }
  }
}

const STANDSTILL = new Int32Array(new SharedArrayBuffer(4));

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
