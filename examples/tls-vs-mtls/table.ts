import type { ComparisonResult, KindResult } from './measurement.ts';

/** The comparison for people. */
export function comparisonTable({ handshakes, version, tls, mutualTls }: ComparisonResult): string {
  const row = (label: string, digits: number, pick: (kind: KindResult) => number): string =>
    line(label, pick(tls), pick(mutualTls), digits);
  return [
    '',
    `${''.padEnd(LABEL)}${'TLS'.padStart(NUMBER)}${'mutual TLS'.padStart(NUMBER)}${'difference'.padStart(2 * NUMBER)}`,
    row('messages, client to server', 0, ({ messages }) => messages.client),
    row('messages, server to client', 0, ({ messages }) => messages.server),
    row('bytes, client to server', 0, ({ bytes }) => bytes.client),
    row('bytes, server to client', 0, ({ bytes }) => bytes.server),
    row('round trips', 0, ({ roundTrips }) => roundTrips),
    row('CPU of the client, ms', 2, ({ cpuMs }) => cpuMs.client),
    row('CPU of the server, ms', 2, ({ cpuMs }) => cpuMs.server),
    row('latency until the client may send, ms', 2, ({ latencyMs }) => latencyMs.client),
    row('latency until the server answers, ms', 2, ({ latencyMs }) => latencyMs.server),
    '',
    `${version}, full handshakes with P-256 certificates (leaf and one intermediate on each side).`,
    `Messages and bytes up to both Finished; CPU per handshake, user and system, and median latency over`,
    `${handshakes} handshakes of each kind, by turns, on this machine over loopback.`,
    '',
  ].join('\n');
}

const LABEL = 40;
const NUMBER = 12;

function line(label: string, one: number, other: number, digits: number): string {
  const more = other - one;
  const sign = more > 0 ? '+' : '';
  const percent = one === 0 || more === 0 ? '' : ` (${sign}${Math.round((100 * more) / one)} %)`;
  return (
    label.padEnd(LABEL) +
    one.toFixed(digits).padStart(NUMBER) +
    other.toFixed(digits).padStart(NUMBER) +
    `${sign}${more.toFixed(digits)}${percent}`.padStart(2 * NUMBER)
  );
}
