// The chart of the report: what each server needs in each scenario, as a share of what ours needs. SVG
// that is read on light and on dark ground.
import { ratio } from './report.ts';
import type { Row } from './row.ts';

const WIDTH = 800;
const LABEL = 190;
const BAR_AREA = 400;
const MOST_TIMES = 4;
const BAR = 14;
const STEP = 20;
const TITLE = 34;

/** Scenarios of which no other program is part are left out; so are the machine's own builds beside newer ones. */
export function chartSvg(rows: readonly Row[], scenarios: readonly string[]): string {
  const parts: string[] = [];
  let top = 44;
  for (const scenario of scenarios) {
    const those = contendersOf(rows, scenario);
    if (those.length < 2) continue;
    parts.push(`<text class="title" x="16" y="${top + 22}">${escape(scenario)}</text>`);
    top += TITLE;
    for (const bar of those) {
      parts.push(barSvg(bar, top));
      top += STEP;
    }
  }
  const height = top + 12;
  const one = LABEL + BAR_AREA / MOST_TIMES;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU time and memory of each server as multiples of Countersign's">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; }
.value { fill: #57606a; }
.other { fill: #9aa4af; }
.ours { fill: #0969da; }
.one { stroke: #8c959f; stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.value { fill: #9aa4af; }
.other { fill: #6e7681; }
.ours { fill: #4493f8; }
.one { stroke: #6e7681; }
}
</style>
<text class="title" x="16" y="22">What each server needs, Countersign = 1; shorter is better</text>
<line class="one" x1="${one}" x2="${one}" y1="36" y2="${height - 8}"/>
${parts.join('\n')}
</svg>
`;
}

interface Bar {
  readonly name: string;
  /** What it needs, as a multiple of ours. */
  readonly times: number;
  readonly value: string;
}

function contendersOf(rows: readonly Row[], scenario: string): Bar[] {
  const those = rows.filter((row) => row.scenario === scenario && row.failure === undefined);
  const ours = those.find(({ contender }) => contender === 'countersign');
  if (ours === undefined) return [];
  return those
    .filter(({ contender }) => !those.some((other) => other.contender === `${contender}-trixie`))
    .map((row) => ({
      name: row.contender.replace('-trixie', ''),
      times: 1 / ratio(ours, row),
      value:
        row.figure === undefined
          ? `${shortNumber(row.cpuMicroseconds)} us CPU`
          : `${shortNumber(row.figure.value)} ${row.figure.unit}`,
    }))
    .filter(({ times }) => Number.isFinite(times));
}

function barSvg({ name, times, value }: Bar, top: number): string {
  const width = ((Math.min(times, MOST_TIMES) * BAR_AREA) / MOST_TIMES).toFixed(1);
  const role = name === 'countersign' ? 'ours' : 'other';
  const text = `${times.toFixed(2)}${times > MOST_TIMES ? ' (cut)' : ''}, ${value}`;
  const line = top + 11;
  return `<text x="${LABEL - 8}" y="${line}" text-anchor="end">${escape(name)}</text><rect class="${role}" x="${LABEL}" y="${top}" width="${width}" height="${BAR}" rx="2"/><text class="value" x="${LABEL + BAR_AREA + 12}" y="${line}">${escape(text)}</text>`;
}

function shortNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
