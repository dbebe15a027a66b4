import pino from 'pino';
import { type EventSink, type GatewayEvent, levelOf } from './event.ts';
import { expiry, moreText } from './event-text.ts';

/** Writes one line of JSON an event to a file descriptor (default: standard error). */
export function createJsonSink(
  options: { readonly fd?: number; readonly level?: 'info' | 'debug' } = {},
): EventSink {
  const log = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: options.fd ?? 2, sync: true }),
  );
  return (event) => log[levelOf(event)](event, messageOf(event));
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
