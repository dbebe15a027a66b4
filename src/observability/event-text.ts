import type { Finding } from '../diagnostics/finding.ts';
import type { GatewayEvent, HandshakeEvent, MoreLikeItEvent } from './event.ts';

/** An event in words, for a person at a terminal: mostly one line, without its end. */
export function eventText(event: GatewayEvent): string[] {
  return linesOf(event).map(visible);
}

function linesOf(event: GatewayEvent): string[] {
  switch (event.event) {
    case 'listening': {
      const as = event.listener === event.address ? '' : ` for ${event.listener}`;
      return [`listening on ${event.address}${as} (${event.protocol})`];
    }
    case 'handshake':
      return [handshakeText(event)];
    case 'passed-through':
      return [
        `handed on ${event.sni} from ${event.remoteAddress}:${event.remotePort} to ${event.upstream} [${event.id}]`,
      ];
    case 'connections-refused':
      return [
        `${event.listener}: ${event.count} connections closed: ${event.cause} (the last from ${event.lastAddress})`,
      ];
    case 'connections-capped':
      return [
        `${event.listener}: at most ${event.openFiles} files can be open, which is ${event.possible} connections instead of ${event.configured} in each process; raise ulimit -n`,
      ];
    case 'request-refused':
      return [
        `refused ${event.method} ${event.path} of ${whoIs(event)}: ${event.cause}${mendedBy(event.finding)} [${event.id}]`,
      ];
    case 'credentials-ignored':
      return [`${whoIs(event)} called itself ${event.sent} and is ${event.user} [${event.id}]`];
    case 'upstream-failed':
      return [`upstream ${event.upstream} failed: ${event.code}: ${event.detail} [${event.id}]`];
    case 'upstream-changed':
      return [upstreamText(event.upstream, event.detail)];
    case 'certificate-expires':
      return [
        `the certificate ${event.certificate} (${event.subject}) ${expiry(event.days)}: ${new Date(event.notAfter).toISOString()}`,
      ];
    case 'revoked': {
      const { serialNumber, reason, closed } = event;
      const cut = closed === null ? '' : `; ${closed} connections closed`;
      return [`the certificate ${serialNumber} was revoked (${reason})${cut}`];
    }
    case 'enrolled':
      return [
        `issued ${event.subject || event.serialNumber} for ${event.by}, from ${event.remoteAddress}`,
      ];
    case 'enrolment-refused':
      return [`refused an enrolment from ${event.remoteAddress}: ${event.detail}`];
    case 'certificate-renewed':
      return [
        `renewed ${event.certificate}: valid until ${new Date(event.notAfter).toISOString().slice(0, 10)}`,
      ];
    case 'crl-published':
      return [`published ${event.file} anew`];
    case 'authority-unusable':
      return [event.problem];
    case 'fault':
      return [`fault in ${event.where}: ${event.error}`];
    case 'reloaded': {
      const { closed } = event;
      const cut = closed === 0 ? '' : `; ${closed} connections closed that it does not admit`;
      return [`the configuration was reloaded${cut}`];
    }
    case 'reload-failed':
      return [
        'the configuration was not reloaded, the last good one stays in force:',
        ...event.problems.map((problem) => `  ${problem}`),
      ];
    case 'worker-died':
      return [
        `worker ${event.pid} died: ${event.cause}; the next one starts in ${event.restartInMs} ms`,
      ];
    case 'state-unusable':
      return [event.problem];
    case 'stopping':
      return [`stopping: ${event.reason}`];
    case 'more-like-it':
      return [moreText(event)];
    case 'events-dropped':
      return [`${event.count} events were left out: they came faster than they were read`];
  }
}

function handshakeText(event: HandshakeEvent): string {
  const { outcome, cause, detail, finding = null, id } = event;
  const why = detail === null ? '' : `: ${detail}`;
  if (outcome === 'refused') {
    return `refused ${whoIs(event)}: ${cause}${why}${mendedBy(finding)} [${id}]`;
  }
  const by = [event.version, event.alpn, event.resumed ? 'resumed' : null];
  const admitted = `admitted ${whoIs(event)} (${by.filter((part) => part !== null).join(', ')})`;
  if (cause === null) return admitted;
  return `${admitted}, observed: would be refused: ${cause}${why}${mendedBy(finding)} [${id}]`;
}

function upstreamText(upstream: string, detail: string | null): string {
  return detail === null
    ? `upstream ${upstream} is up again`
    : `upstream ${upstream} is down: ${detail}`;
}

/** `12 more like it from 203.0.113.7 in 10 s: expired`. */
export function moreText({ count, remoteAddress, of, cause, seconds, lastId }: MoreLikeItEvent) {
  const hasAddress =
    of === 'handshake' ||
    of === 'request-refused' ||
    of === 'credentials-ignored' ||
    of === 'passed-through';
  const from = hasAddress ? ` from ${remoteAddress ?? 'other addresses'}` : '';
  const last = lastId === null ? '' : ` [the last: ${lastId}]`;
  return `${count} more like it${from} in ${seconds} s: ${cause}${last}`;
}

export function expiry(days: number): string {
  if (days < 0) return 'has expired';
  return `expires in ${days} day${days === 1 ? '' : 's'}`;
}

function mendedBy(finding: Finding | null): string {
  return finding === null ? '' : `. To mend it: ${finding.remedy}`;
}

interface Client {
  readonly user: string | null;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly subject?: string | null;
  readonly peer?: HandshakeEvent['peer'];
}

function whoIs({ user, subject, peer, remoteAddress, remotePort }: Client): string {
  const name = user ?? subject ?? peer?.subject ?? 'a client without certificate';
  return `${name} from ${remoteAddress}:${remotePort}`;
}

/** Control characters could move a terminal's cursor, whoever sent them. */
function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?');
}
