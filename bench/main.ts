// The benchmark: npm run bench -- [--only handshake,http1] [--quick] [--json FILE] [--prof]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram, installPrograms, packageOf } from '../tools/programs.ts';
import { benchAdmin } from './admin.ts';
import { makeCertificates } from './certificates.ts';
import type { BenchSettings } from './comparison.ts';
import { canPin } from './cores.ts';
import { benchHandshake, benchResumedHandshake } from './handshake.ts';
import { benchHttp1 } from './http1.ts';
import { benchMqtt } from './mqtt.ts';
import { benchNats } from './nats.ts';
import { benchObservability } from './observability.ts';
import { createCountersign } from './peers/countersign.ts';
import { commandInFolder, debianReleaseFolder } from './peers/debian-release.ts';
import { createHaproxy } from './peers/haproxy.ts';
import { createNginx } from './peers/nginx.ts';
import type { Peer } from './peers/peer.ts';
import { benchPki } from './pki.ts';
import { profileText } from './profile.ts';
import { reportHead, reportText } from './report.ts';
import { benchRevocation } from './revocation.ts';
import type { Row } from './row.ts';

const USAGE = `npm run bench -- [--only NAME,...] [--servers NAME,...] [--beside FOLDER,...]
                 [--quick] [--json FILE] [--prof]

  --only NAME,...      scenarios: handshake, resumed, http1, nats, mqtt, observability, pki,
                       revocation, admin
  --servers NAME,...   countersign, nginx, haproxy, nginx-trixie, haproxy-trixie
  --beside FOLDER,...  other checkouts of this project, measured in the same rounds
  --quick              short rounds: rough figures
  --json FILE          the report as JSON too
  --prof               a CPU profile of ours alone, and the functions that took most time
`;

const profiles = resolve('bench/results/profiles', new Date().toISOString().replaceAll(':', ''));

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    servers: { type: 'string' },
    beside: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    prof: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const profiling = values.prof
  ? ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${profiles}`]
  : [];

const SCENARIOS: Readonly<Record<string, (settings: BenchSettings) => Promise<Row[]>>> = {
  handshake: benchHandshake,
  resumed: benchResumedHandshake,
  http1: (settings) => benchHttp1(settings),
  nats: benchNats(profiling),
  mqtt: benchMqtt(profiling),
  observability: benchObservability,
  pki: benchPki,
  revocation: benchRevocation,
  admin: benchAdmin,
};

/** These measure none of the web servers, and need none. */
const WITHOUT_SERVERS: ReadonlySet<string> = new Set([
  'nats',
  'mqtt',
  'pki',
  'revocation',
  'admin',
]);

if (values.help) process.stdout.write(USAGE);
else await bench();

async function bench(): Promise<void> {
  const names = values.only?.split(',') ?? Object.keys(SCENARIOS);
  const unknown = names.filter((name) => !Object.hasOwn(SCENARIOS, name));
  if (unknown.length > 0) {
    const known = Object.keys(SCENARIOS).join(', ');
    process.stderr.write(`no scenario ${unknown.join(', ')}; there are: ${known}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const serve = names.some((name) => !WITHOUT_SERVERS.has(name));
  await installPrograms(
    serve ? ['nginx', 'haproxy', 'openssl', 'taskset'] : ['openssl', 'taskset'],
  );
  if (names.includes('nats')) await installPrograms(['nats-server']);
  if (names.includes('mqtt')) await installPrograms(['mosquitto']);
  const folder = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
  try {
    const peers = serve ? await choosePeers() : [];
    const settings: BenchSettings = {
      folder,
      certificates: await makeCertificates(folder),
      peers,
      rounds: 3,
      roundMs: values.quick ? 2000 : 6000,
      warmUpMs: values.quick ? 2000 : 4000,
    };
    const rows: Row[] = [];
    for (const name of names) rows.push(...((await SCENARIOS[name]?.(settings)) ?? []));
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
    const head = await reportHead(peers, canPin());
    process.stdout.write(reportText(head, rows));
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify({ ...head, rows }, null, 2)}\n`);
    }
    if (values.prof) process.stdout.write(`\n${profileText(profiles)}`);
    if (rows.some((row) => row.errors > 0)) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ours and every other server that there is, or those that were asked for; a profile is of ours alone. */
async function choosePeers(): Promise<Peer[]> {
  const ours = createCountersign('countersign', join(import.meta.dirname, '..'), profiling);
  if (values.prof) return [ours];
  const asked = values.servers?.split(',');
  const beside = values.beside?.split(',').map((folder) => {
    const checkout = resolve(folder);
    return createCountersign(basename(checkout), checkout);
  });
  const peers = [ours, ...(beside ?? []), ...(await otherPeers())];
  return peers.filter(
    (peer) => asked === undefined || asked.includes(peer.name) || beside?.includes(peer) === true,
  );
}

async function otherPeers(): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const [name, create] of [
    ['nginx', createNginx],
    ['haproxy', createHaproxy],
  ] as const) {
    const program = findProgram(name);
    if (program === undefined)
      process.stderr.write(`without ${name}: apt-get install ${packageOf(name)}\n`);
    else peers.push(create(name, [program]));
  }
  const release = await debianReleaseFolder();
  if (release === undefined) return peers;
  return peers.concat(
    createNginx('nginx-trixie', commandInFolder(release, 'usr/sbin/nginx')),
    createHaproxy('haproxy-trixie', commandInFolder(release, 'usr/sbin/haproxy')),
  );
}
