// From the start of the program to its first answer, with one certificate and with ten thousand.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as tls from 'node:tls';
import { encodePrivateKey } from '../src/pki/keys.ts';
import { ecKeys, forge } from '../test/support/forged-certificate.ts';
import { freePort } from '../test/support/free-port.ts';
import { issueMany, siteName } from '../test/support/many-certificates.ts';
import { type BenchSettings, fileName } from './comparison.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { median } from './median.ts';
import { memoryKb } from './memory.ts';
import { newestOf } from './peers/choice.ts';
import type { Peer } from './peers/peer.ts';
import { progress } from './progress.ts';
import { failedRow, figureRow, type Row } from './row.ts';
import { startServer } from './server-process.ts';

const MANY = 10_000;
const LIMITS = { limitMs: 60_000, pollMs: 5 };

interface Client {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Start {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly kb: number;
}

/** The first answer is of the last certificate, to a client with one. Starts of all contenders take turns. */
export async function benchStart(settings: BenchSettings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of [1, settings.isShort ? MANY / 10 : MANY]) {
    rows.push(...(await startWith(settings, count)));
  }
  return rows;
}

async function startWith(settings: BenchSettings, count: number): Promise<Row[]> {
  const certificates = `${count} ${count === 1 ? 'certificate' : 'certificates'}`;
  const scenario = `start: first answer with ${certificates}`;
  const sites = join(settings.folder, `sites-${count}`);
  progress(`${scenario}: issuing them`);
  const client = await issueSites(sites, count);
  const peers = newestOf(settings.peers).filter((peer) => peer.prepareSites !== undefined);
  const starts = new Map(peers.map((peer): [Peer, Start[]] => [peer, []]));
  const failures = new Map<Peer, unknown>();
  for (let round = 1; round <= settings.rounds; round++) {
    for (const peer of round % 2 === 1 ? peers : peers.toReversed()) {
      if (failures.has(peer)) continue;
      progress(`${scenario}: round ${round} of ${settings.rounds}, ${peer.name}`);
      const folder = join(settings.folder, `start-${count}`, fileName(peer.name));
      try {
        starts.get(peer)?.push(await startOnce(peer, { folder, sites, count, client }));
      } catch (error) {
        failures.set(peer, error);
      }
    }
  }
  return peers.map((peer) => {
    const those = starts.get(peer) ?? [];
    if (failures.has(peer)) return failedRow(scenario, peer.name, failures.get(peer));
    const value = median(those.map(({ elapsedMs }) => elapsedMs));
    const cpu = median(those.map(({ cpuMs }) => cpuMs)).toFixed(0);
    const memory = (median(those.map(({ kb }) => kb)) / 1000).toFixed(0);
    const notes = [`${cpu} ms of CPU, ${memory} MB afterwards`];
    return figureRow(scenario, peer.name, { value, unit: 'ms' }, { notes });
  });
}

async function issueSites(folder: string, count: number): Promise<Client> {
  await mkdir(join(folder, 'bundles'), { recursive: true });
  const { ca } = await issueMany(folder, count);
  for (let index = 0; index < count; index++) {
    const [cert, key] = await Promise.all(
      ['crt', 'key'].map((end) => readFile(join(folder, `sites/${index}.${end}`), 'utf8')),
    );
    await writeFile(join(folder, `bundles/${index}.pem`), `${cert}${key}`);
  }
  const keys = ecKeys();
  const leaf = forge({ subject: 'CN=bench', issuer: ca, keys });
  return { ca: ca.pem, cert: leaf.pem, key: encodePrivateKey(keys.privateKey) };
}

async function startOnce(
  peer: Peer,
  {
    folder,
    sites,
    count,
    client,
  }: { folder: string; sites: string; count: number; client: Client },
): Promise<Start> {
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const command = await peer.prepareSites?.({ folder, port, sites, count });
  if (command === undefined) throw new Error('has no configuration of many certificates');
  const started = performance.now();
  const server = await startServer('contender', command, folder, port, LIMITS);
  try {
    while (!(await isAnswered(port, siteName(count - 1), client))) {
      if (performance.now() - started > LIMITS.limitMs) throw new Error('answered nothing');
      await delay(LIMITS.pollMs);
    }
    const elapsedMs = performance.now() - started;
    return { elapsedMs, cpuMs: cpuMicroseconds(server.pid) / 1000, kb: memoryKb(server.pid) };
  } finally {
    await server.stop();
  }
}

function isAnswered(port: number, servername: string, client: Client): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port, servername, ...client });
    let received = '';
    socket.on('secureConnect', () => {
      socket.write(`GET /x HTTP/1.1\r\nHost: ${servername}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      resolve(received.startsWith('HTTP/1.1 200 ') && received.includes('many'));
    });
  });
}
