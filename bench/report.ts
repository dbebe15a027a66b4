import { cpus, release } from 'node:os';
import { median } from './median.ts';
import type { Peer } from './peers/peer.ts';
import type { Row } from './row.ts';

export interface ReportHead {
  readonly date: string;
  readonly machine: string;
  /** Whether the contender and the load had a core each. */
  readonly pinned: boolean;
  /** How long the run took, such as `21:30`. */
  readonly took: string;
  readonly versions: Readonly<Record<string, string>>;
}

export async function reportHead(
  peers: readonly Peer[],
  pinned: boolean,
  took: string,
): Promise<ReportHead> {
  const versions: Record<string, string> = {};
  for (const peer of peers) versions[peer.name] = await peer.version().catch(() => '?');
  const all = cpus();
  return {
    date: new Date().toISOString(),
    machine: `${all.length} x ${all[0]?.model.trim() ?? '?'}, Linux ${release()}`,
    pinned,
    took,
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
    for (const { contender, notes = [], failure } of those) {
      if (failure !== undefined)
        lines.push(`  ${contender}: ${failure.replaceAll(/\s+/g, ' ').slice(-400)}`);
      lines.push(...notes.map((note) => `  ${contender}: ${note}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Ours to a row: below 1 is better. NaN where one of them has no figure. */
export function ratio(ours: Row, row: Row): number {
  if (row.figure !== undefined) return (ours.figure?.value ?? Number.NaN) / row.figure.value;
  const mine = ours.cpuByRound;
  const others = row.cpuByRound;
  if (mine === undefined || others?.length !== mine.length) {
    return ours.cpuMicroseconds / row.cpuMicroseconds;
  }
  return median(mine.map((cpu, round) => cpu / (others[round] ?? Number.NaN)));
}

/** The rows of a scenario as titles and cells. */
export function cellsOf(rows: readonly Row[]): { titles: string[]; cells: string[][] } {
  const ours = rows.find((row) => row.contender === 'countersign');
  const unit = rows.find(({ figure }) => figure !== undefined)?.figure?.unit;
  const compared = (row: Row): string[] => [
    row.contender,
    figureText(row.figure?.value ?? row.cpuMicroseconds),
    ours === undefined ? '-' : figureText(ratio(ours, row), 3),
  ];
  if (unit !== undefined) return { titles: ['', unit, 'ours/this'], cells: rows.map(compared) };
  const cells = rows.map((row) => [
    ...compared(row),
    figureText(row.perSecond, 0),
    figureText(row.latencyMs?.p50, 2),
    figureText(row.latencyMs?.p99, 2),
    String(row.operations),
    row.resumed === null ? '-' : String(row.resumed),
    String(row.errors),
  ]);
  const titles = [
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
  return { titles, cells };
}

function figureText(value: number | undefined, digits = 1): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);
}

function table(rows: readonly Row[]): string[] {
  const { titles, cells } = cellsOf(rows);
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  return [titles, ...cells].map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
