import type { ClientStatus, ObserveReadiness } from '../gateway/status.ts';
import { visible } from '../pki/visible-text.ts';
import { clock, span } from './time-text.ts';

/** Whether `verify: observe` can become `verify: true`, for people. `now`: milliseconds since the epoch. */
export function readinessText(readiness: ObserveReadiness, now: number): string {
  const { listeners, seen, refused, clients } = readiness;
  const lines = listeners.map(
    ({ listener, since }) => `${listener} observes since ${clock(since)} (${ago(since, now)})`,
  );
  if (listeners.length > 0) {
    lines.push(`${count(seen, 'client')} seen in the last ${time(readiness.windowMs)}`);
  }
  if (refused > 0) {
    lines.push('', `${count(refused, 'client')} would be refused:`);
    for (const client of clients) lines.push(...clientLines(client, now));
    if (refused > clients.length) lines.push(`  and ${refused - clients.length} more`);
    lines.push('');
  }
  lines.push(conclusion(readiness, now), '');
  return lines.map((line) => visible(line)).join('\n');
}

function conclusion({ reason, windowMs, listeners, clients }: ObserveReadiness, now: number) {
  const window = time(windowMs);
  switch (reason) {
    case null:
      return `ready: nobody refused for ${window}`;
    case 'not-observing':
      return 'not ready: no listener has verify: observe, so nothing is known of who would be refused';
    case 'refusals':
      return `not ready: the last refusal was ${ago(clients[0]?.lastRefused ?? null, now)}, and nobody may be refused for ${window}`;
    case 'too-young': {
      const youngest =
        listeners
          .map(({ since }) => since)
          .toSorted()
          .at(-1) ?? null;
      return `not ready yet: nobody refused, but it is observed only since ${ago(youngest, now)}, not for ${window}`;
    }
  }
}

function clientLines(client: ClientStatus, now: number): string[] {
  const { fingerprint, subject, address, finding, refusals, decision } = client;
  const who =
    fingerprint === null
      ? `${address}, without certificate`
      : `${subject === '' ? 'a certificate without subject' : subject} from ${address}`;
  const since = client.firstRefused === null ? '' : ` since ${clock(client.firstRefused)}`;
  const times = `${count(refusals, 'time')}${since}, the last ${ago(client.lastRefused, now)}`;
  const why = decision === 'admit' ? 'admitted by now' : (finding ?? 'refused');
  const proof = fingerprint === null ? [] : [`    SHA-256 ${fingerprint}`];
  return [`  ${who}`, `    ${why}: ${times}`, ...proof];
}

function ago(iso: string | null, now: number): string {
  return iso === null ? 'unknown' : `${time(Math.max(0, now - Date.parse(iso)))} ago`;
}

function time(ms: number): string {
  if (ms >= 60_000) return span(ms);
  const seconds = Math.floor(ms / 1000);
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
