import { cpus, release } from 'node:os';
import { median } from './median.ts';
import type { Peer } from './peers/peer.ts';
import type { Row } from './row.ts';

export interface ReportHead {
  readonly date: string;
  readonly machine: string;
  /** Whether the contender and the load had a core each. */
  readonly pinned: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

export async function reportHead(peers: readonly Peer[], pinned: boolean): Promise<ReportHead> {
  const versions: Record<string, string> = {};
  for (const peer of peers) versions[peer.name] = await peer.version();
  const all = cpus();
  return {
    date: new Date().toISOString(),
    machine: `${all.length} x ${all[0]?.model.trim() ?? '?'}, Linux ${release()}`,
    pinned,
    versions,
  };
}

/**
 * The report as people read it. The ratio is ours to the contender: below 1 we need less CPU. Where they
 * took turns it is the median of what it was in each round: other work of the machine falls on both.
 */
export function reportText(head: ReportHead, rows: readonly Row[]): string {
  const lines = [head.machine];
  if (!head.pinned) lines.push('contender and load share their cores: figures are rough');
  for (const [name, version] of Object.entries(head.versions)) lines.push(`${name}: ${version}`);
  for (const scenario of new Set(rows.map((row) => row.scenario))) {
    const those = rows.filter((row) => row.scenario === scenario);
    lines.push('', scenario, ...table(those));
    for (const { contender, notes = [] } of those) {
      lines.push(...notes.map((note) => `  ${contender}: ${note}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

function ratio(ours: Row, row: Row): number {
  const mine = ours.cpuByRound;
  const others = row.cpuByRound;
  if (mine === undefined || others?.length !== mine.length) {
    return ours.cpuMicroseconds / row.cpuMicroseconds;
  }
  return median(mine.map((cpu, round) => cpu / others[round]));
}

const TITLES = [
  '',
  'us CPU/op',
  'ours/this',
  'op/s',
  'p50 ms',
  'p99 ms',
  'ops',
  'resumed',
  'errors',
];

function table(rows: readonly Row[]): string[] {
  const ours = rows.find((row) => row.contender === 'countersign');
  const cells = rows.map((row) => [
    row.contender,
    row.cpuMicroseconds.toFixed(1),
    ours === undefined ? '-' : ratio(ours, row).toFixed(3),
    row.perSecond.toFixed(0),
    row.latencyMs?.p50.toFixed(2) ?? '-',
    row.latencyMs?.p99.toFixed(2) ?? '-',
    String(row.operations),
    row.resumed === null ? '-' : String(row.resumed),
    String(row.errors),
  ]);
  const widths = TITLES.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  return [TITLES, ...cells].map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
