// The benchmark: npm run bench -- --help
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { installPrograms } from '../tools/programs.ts';
import { makeCertificates } from './certificates.ts';
import type { BenchSettings } from './comparison.ts';
import { canPin } from './cores.ts';
import { otherWebServers, SERVER_PROGRAMS, streamServers } from './peers/choice.ts';
import { createCountersign } from './peers/countersign.ts';
import { createMosquitto } from './peers/mosquitto.ts';
import { createNatsServer } from './peers/nats.ts';
import type { Peer } from './peers/peer.ts';
import { profileText } from './profile.ts';
import { elapsed, step } from './progress.ts';
import { reportHead, reportText } from './report.ts';
import { writeReport } from './report-page.ts';
import { failedRow, type Row } from './row.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';

const FULL_SECONDS = 2;
/** Servers run for days: what is compiled while it runs has had some thousand handshakes by then. */
const WARM_UP_MS = 8000;

const USAGE = `npm run bench -- [--only NAME,...] [--servers NAME,...] [--beside FOLDER,...]
                 [--quick | --seconds N] [--report FILE] [--json FILE] [--prof]

  --only NAME,...      scenarios: ${names(scenariosOf([], []))};
                       all but observability and admin unless given
  --servers NAME,...   countersign, nginx, haproxy, caddy, hitch, stunnel4, each also with -trixie
  --beside FOLDER,...  other checkouts of this project, measured in the same rounds
  --quick              rounds of a second: rough figures
  --seconds N          the length of a round, of which there are three; ${FULL_SECONDS} unless given;
                       with less, a tenth of the connections and certificates where there are many
  --report FILE        the report as a page: FILE between its marks, FILE with the end .json beside
                       it, and a chart in images/; docs/benchmarks.md is such a page
  --json FILE          the report as JSON alone
  --prof               a CPU profile of ours alone, and the functions that took most time
`;

const profiles = resolve('bench/results/profiles', new Date().toISOString().replaceAll(':', ''));

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    servers: { type: 'string' },
    beside: { type: 'string' },
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    report: { type: 'string' },
    json: { type: 'string' },
    prof: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const profiling = values.prof
  ? ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${profiles}`]
  : [];

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench(): Promise<void> {
  const all = scenariosOf([], []);
  const asked =
    values.only?.split(',') ?? all.filter((one) => one.isStandard).map(({ name }) => name);
  const unknown = asked.filter((name) => !all.some((one) => one.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`no scenario ${unknown.join(', ')}; there are: ${names(all)}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const programs = all.filter(({ name }) => asked.includes(name)).flatMap((one) => one.programs);
  await installPrograms(['openssl', 'taskset', ...programs]);
  const serves = programs.some((program) => SERVER_PROGRAMS.includes(program));
  const peers = serves ? chosen(await webServers()) : [];
  const streamPeers = serves ? chosen(await streamServers(profiling)) : [];
  const scenarios = scenariosOf(profiling, streamPeers).filter(({ name }) => asked.includes(name));
  await buildProgram();
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  try {
    const roundMs = Number(values.seconds ?? (values.quick ? 1 : FULL_SECONDS)) * 1000;
    const isShort = roundMs < FULL_SECONDS * 1000;
    const rows = await runAll(scenarios, {
      folder,
      certificates: await makeCertificates(folder),
      peers,
      rounds: 3,
      roundMs,
      warmUpMs: isShort ? roundMs : WARM_UP_MS,
      isShort,
    });
    const brokers = [
      ...(asked.includes('nats') ? [createNatsServer()] : []),
      ...(asked.includes('mqtt') ? [createMosquitto()] : []),
    ];
    const told = versionedPeers(peers, streamPeers, brokers);
    const head = await reportHead(told, canPin(), elapsed());
    process.stdout.write(reportText(head, rows));
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify({ ...head, rows }, null, 2)}\n`);
    }
    if (values.report !== undefined) await writeReport(values.report, head, rows);
    if (values.prof) process.stdout.write(`\n${profileText(profiles)}`);
    if (rows.some(isFault)) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is measured is what users have; a checkout runs its source where that is newer. */
async function buildProgram(): Promise<void> {
  const builder = join(import.meta.dirname, '../tools/build-program.js');
  try {
    await promisify(execFile)(process.execPath, [builder], { cwd: dirname(dirname(builder)) });
  } catch (error) {
    process.stderr.write(`the source is measured, not the built program: ${String(error)}\n`);
  }
}

/** One after another. A scenario that fails as a whole has one row that says why. */
async function runAll(scenarios: readonly Scenario[], settings: BenchSettings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, { name, run }] of scenarios.entries()) {
    step(`${index + 1} of ${scenarios.length}: ${name}`);
    const those = await run(settings).catch((error: unknown) => [
      { ...failedRow(name, 'countersign', error), errors: 1 },
    ]);
    for (const row of those.filter(({ failure, errors }) => failure !== undefined || errors > 0)) {
      step(`${row.scenario}: ${row.contender}: ${row.failure ?? `${row.errors} errors`}`);
    }
    rows.push(...those);
  }
  step('done');
  return rows;
}

/** A wrong answer of anybody's, or ours that could not be measured. */
function isFault({ contender, errors, failure }: Row): boolean {
  return errors > 0 || (contender === 'countersign' && failure !== undefined);
}

/** Ours and every other server that there is; a profile is of ours alone. */
async function webServers(): Promise<Peer[]> {
  const ours = createCountersign('countersign', join(import.meta.dirname, '..'), profiling);
  return values.prof ? [ours] : [ours, ...checkoutsBeside(), ...(await otherWebServers())];
}

function checkoutsBeside(): Peer[] {
  const folders = values.beside?.split(',') ?? [];
  return folders.map((folder) => createCountersign(basename(folder), resolve(folder)));
}

function chosen(peers: readonly Peer[]): Peer[] {
  const asked = values.servers?.split(',');
  const beside = values.beside?.split(',').map((folder) => basename(folder));
  return peers.filter(
    ({ name }) => asked === undefined || asked.includes(name) || beside?.includes(name) === true,
  );
}

/** A server that has two roles is told of once. */
function versionedPeers(...groups: readonly (readonly Peer[])[]): Peer[] {
  return [...new Map(groups.flat().map((peer) => [peer.name, peer])).values()];
}

function names(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name }) => name).join(', ');
}
