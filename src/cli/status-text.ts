import type { GatewayStatus } from '../gateway/status.ts';
import { visible } from '../pki/visible-text.ts';
import { clock, span } from './time-text.ts';

/** The status of a gateway for people. */
export function statusText(status: GatewayStatus): string {
  const { workers, lastReload, ledger } = status;
  return [
    `countersign ${status.version}, process ${status.pid}, up for ${upTime(status.uptimeMs)} (since ${clock(status.startedAt)})`,
    `State: ${status.stateDir}`,
    `Workers: ${workers.ready} of ${workers.configured} ready (${workers.pids.length === 1 ? 'process' : 'processes'} ${workers.pids.join(', ') || 'none'})`,
    ...section(
      'Listeners',
      status.listeners.map((listener) => {
        const { name, address, protocol, verify, connections, admitted, refused } = listener;
        const as = name === address ? '' : ` (${name})`;
        return [
          `${address}${as}`,
          protocol,
          `verify ${verify.join(', ') || '-'}`,
          `${connections} connected`,
          `${admitted} admitted`,
          `${refused} refused`,
        ];
      }),
    ),
    ...section(
      'Certificates that expire next',
      status.certificates
        .slice(0, 5)
        .map(({ certificate, subject, notAfter, days }) => [
          clock(notAfter),
          days < 0 ? 'EXPIRED' : `in ${days} day${days === 1 ? '' : 's'}`,
          certificate,
          subject,
        ]),
    ),
    ...section(
      'Upstreams',
      status.upstreams.map(({ name, state, failures, detail }) => [
        name,
        state,
        failures === 0 ? '' : `${failures} failures, the last: ${detail ?? 'unknown'}`,
      ]),
    ),
    ...(lastReload === null
      ? ['Last reload: none since the start']
      : [
          `Last reload: ${lastReload.outcome} at ${clock(lastReload.at)}`,
          ...lastReload.problems.map((problem) => `  ${problem}`),
        ]),
    `Ledger: ${ledger.clients} clients, ${ledger.dropped} dropped${ledger.isKept ? '' : ', not kept over a restart'}`,
    ...(status.eventsDropped > 0 ? [`Events left out: ${status.eventsDropped}`] : []),
    '',
  ]
    .map((line) => visible(line))
    .join('\n');
}

/** Columns as wide as what stands in them. */
function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  return [`${title}:`, ...lines];
}

function upTime(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1000)} seconds` : span(ms);
}
