// The lists of the admin API where there is much to list: 10,000 certificates of the file, as many made
// through the API, 50,000 handshakes and 10,000 clients.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { issueMany, manyInYaml } from '../test/support/many-certificates.ts';
import { recordHistory, storeCertificates } from '../test/support/recorded-history.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { median, percentile } from './median.ts';
import type { Row } from './row.ts';
import { startServer } from './server-process.ts';

const ENTRY = join(import.meta.dirname, '../bin/countersign.js');
const CERTIFICATES = 10_000;
const HANDSHAKES = 50_000;
const CLIENTS = 10_000;
const REQUESTS = 60;

const CERTIFICATE_LISTS: readonly (readonly [string, string])[] = [
  ['certificates', '/v1/certificates'],
  ['certificates, last page', `/v1/certificates?page=${CERTIFICATES / 50}`],
  ['certificates, next to expire', '/v1/certificates?sort=not_after'],
  ['certificates, searched', '/v1/certificates?q=site-77'],
  ['certificates, 500 at once', '/v1/certificates?page_size=500'],
];
const OTHER_LISTS: readonly (readonly [string, string])[] = [
  ['handshakes', '/v1/handshakes'],
  ['handshakes, last page', `/v1/handshakes?page=${HANDSHAKES / 50}`],
  ['handshakes, refused', '/v1/handshakes?outcome=refused'],
  ['handshakes, of a cause', '/v1/handshakes?finding=unknown-issuer&page=100'],
  ['handshakes, of an address', '/v1/handshakes?address=10.0.3.3'],
  ['handshakes, of a user', '/v1/handshakes?user=user-400%40example.com'],
  ['clients', '/v1/clients'],
  ['clients, last page', `/v1/clients?page=${CLIENTS / 50}`],
  ['clients, searched', '/v1/clients?q=client-77'],
  ['readiness', '/v1/readiness'],
  ['listeners', '/v1/listeners'],
  ['routes', '/v1/routes'],
  ['users', '/v1/users'],
  ['audit', '/v1/audit'],
  ['status', '/v1/status'],
];

/** Each list is asked for first by itself after a start, then over and over. */
export async function benchAdmin(settings: { readonly folder: string }): Promise<Row[]> {
  const folder = join(settings.folder, 'admin');
  await mkdir(folder, { recursive: true });
  await issueMany(folder, CERTIFICATES);
  const byFile = await setUp(join(folder, 'file.yaml'), folder, CERTIFICATES);
  recordHistory(byFile.state, HANDSHAKES, CLIENTS);
  const byApi = await setUp(join(folder, 'api.yaml'), folder, 0);
  await storeCertificates(byApi.state, folder, CERTIFICATES);
  const rows: Row[] = [];
  for (const [name, path] of CERTIFICATE_LISTS) {
    rows.push(await measure(byFile, `admin: ${CERTIFICATES} ${name} of the file`, path));
    rows.push(await measure(byApi, `admin: ${CERTIFICATES} ${name} of the API`, path));
  }
  for (const [name, path] of OTHER_LISTS) rows.push(await measure(byFile, `admin: ${name}`, path));
  return rows;
}

interface Gateway {
  readonly folder: string;
  readonly path: string;
  readonly state: string;
  readonly port: number;
}

async function setUp(path: string, folder: string, certificates: number): Promise<Gateway> {
  const port = await freePort();
  const state = `${path}.state`;
  await mkdir(state, { mode: 0o700 });
  const text = manyInYaml(certificates, await freePort(), 1);
  const whole = certificates === 0 ? text.replace(/^certificates:\n/m, '') : text;
  await writeFile(
    path,
    `${whole}admin: { listen: '127.0.0.1:${port}' }\nstate: { dir: '${state}' }\n`,
  );
  return { folder, path, state, port };
}

async function measure(gateway: Gateway, scenario: string, path: string): Promise<Row> {
  const { folder, port, state } = gateway;
  const args = [ENTRY, 'run', gateway.path];
  const server = await startServer('all', { program: process.execPath, args }, folder, port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const token = (await readFile(join(state, 'admin.token'), 'utf8')).trim();
    const ask = (target: string): Promise<number> => timed(agent, port, target, token);
    // The connection, and what the API as a whole does at its first answer, are none of the list's.
    await ready(ask);
    const first = await ask(path);
    const times: number[] = [];
    const before = cpuMicroseconds(server.pid);
    for (let at = 0; at < REQUESTS; at++) times.push(await ask(path));
    const total = times.reduce((sum, time) => sum + time, 0);
    return {
      scenario,
      contender: 'countersign',
      operations: REQUESTS,
      cpuMicroseconds: (cpuMicroseconds(server.pid) - before) / REQUESTS,
      perSecond: (REQUESTS * 1000) / total,
      latencyMs: { p50: median(times), p99: percentile(times, 0.99) },
      errors: 0,
      resumed: null,
      notes: [`the first after a start took ${first.toFixed(1)} ms`],
    };
  } finally {
    agent.destroy();
    await server.stop();
  }
}

/** Until the gateway serves: its admin listener is there before. */
async function ready(ask: (path: string) => Promise<number>): Promise<void> {
  for (;;) {
    try {
      await ask('/readyz');
      return;
    } catch {
      await delay(50);
    }
  }
}

/** Milliseconds until the whole answer is there. Rejects where it is none of 200. */
function timed(agent: Agent, port: number, path: string, token: string): Promise<number> {
  const begun = performance.now();
  const headers = { Authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    get({ agent, port, path, headers, host: '127.0.0.1' }, (response: IncomingMessage) => {
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - begun);
        else reject(new Error(`${path}: ${response.statusCode}`));
      });
      response.resume();
    }).on('error', reject);
  });
}
