// The report as a page of the documentation: its generated part, between marks, and the files beside it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { judgeAims } from './aims.ts';
import { chartSvg } from './chart.ts';
import { cellsOf, type ReportHead } from './report.ts';
import type { Row } from './row.ts';

const BEGIN = '<!-- begin: written by npm run bench -->';
const END = '<!-- end: written by npm run bench -->';

const CHARTED = [
  'handshake: full, TLS 1.3, P-256',
  'handshake: resumed, TLS 1.3',
  'http1: keep-alive GET, identity headers',
  'http1: 1 GiB download',
  'http2: GET, 32 streams a connection',
  'stream: 64 bytes there and back',
  'nats: publish 128 bytes',
  'mqtt: publish 128 bytes',
  'memory: an idle connection',
  'start: first answer with 10000 certificates',
];

/**
 * Writes the page, `NAME.json` beside it and `images/NAME.svg`. What is outside of the page's marks stays as it
 * is; a page without marks, or that is not there, becomes the generated part alone.
 */
export async function writeReport(
  file: string,
  head: ReportHead,
  rows: readonly Row[],
): Promise<void> {
  const name = basename(file, '.md');
  const images = join(dirname(file), 'images');
  await mkdir(images, { recursive: true });
  const json = { ...head, aims: judgeAims(rows), rows };
  await writeFile(join(dirname(file), `${name}.json`), `${JSON.stringify(json, null, 2)}\n`);
  await writeFile(join(images, `${name}.svg`), chartSvg(rows, CHARTED));
  const page = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, placed(page, generatedPart(head, rows, `images/${name}.svg`)));
}

/** The page with the generated part in its place. */
export function placed(page: string, part: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  const whole = `${BEGIN}\n\n${part}\n${END}\n`;
  if (begin === -1 || end < begin) return whole;
  return `${page.slice(0, begin)}${whole}${page.slice(end + END.length).replace(/^\n/, '')}`;
}

/** Machine, versions, chart, aims, and a table for each scenario. */
export function generatedPart(head: ReportHead, rows: readonly Row[], chart: string): string {
  return [
    ...headLines(head),
    '',
    `![What each server needs, as a multiple of what Countersign needs](${chart})`,
    '',
    '## Aims',
    '',
    ...aimLines(rows),
    '',
    '## Figures',
    ...[...new Set(rows.map(({ scenario }) => scenario))].flatMap((scenario) =>
      scenarioLines(
        scenario,
        rows.filter((row) => row.scenario === scenario),
      ),
    ),
    '',
  ].join('\n');
}

function headLines({ date, machine, took, pinned, versions }: ReportHead): string[] {
  const minutes = `Measured on ${date.slice(0, 10)} in ${took} (minutes:seconds) on ${machine}.`;
  const apart = pinned
    ? 'The server had one core, the load and the service behind the other.'
    : 'Server and load shared their cores: the figures are rough.';
  const programs = Object.entries(versions).map(([name, version]) => [name, version]);
  return [
    `${minutes} ${apart}`,
    '',
    ...markdownTable(['server', 'version, TLS library'], programs),
  ];
}

function aimLines(rows: readonly Row[]): string[] {
  const cells = judgeAims(rows).map((aim) => [
    aim.title,
    aim.peer,
    aim.aim,
    aim.firstStep,
    aim.measured,
    aim.verdict,
  ]);
  return markdownTable(['', 'of', 'aim', 'first step', 'measured', 'verdict'], cells);
}

function scenarioLines(scenario: string, rows: readonly Row[]): string[] {
  const { titles, cells } = cellsOf(rows);
  const notes = rows.flatMap(({ contender, failure, notes: seen = [] }) => [
    ...(failure === undefined
      ? []
      : [`- ${contender} has no figures: ${oneLine(withoutFolders(failure))}`]),
    ...seen.map((note) => `- ${contender}: ${oneLine(note)}`),
  ]);
  return [
    '',
    `### ${scenario}`,
    '',
    ...markdownTable(titles, cells),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ];
}

function markdownTable(titles: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text) => oneLine(text)).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => '---').join('|')}|`, ...cells.map(line)];
}

/** The files of a run are gone by then, and the machine's folders are nobody's business. */
function withoutFolders(text: string): string {
  return text.replaceAll(/(?:\/[\w.-]+)+\//g, '');
}

/** Nothing in a cell or a list's item may end it; what a program printed may be long. */
function oneLine(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll(/<(?=[a-z/!])/gi, '&lt;')
    .slice(-400);
}
