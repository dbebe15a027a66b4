// A certificate is revoked while thousands of others are in use: how soon its connections are closed.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Authority, createAuthority } from '../src/ca/index.ts';
import { encodeChain } from '../src/ca/leaf-files.ts';
import { clientLeafNames, serverLeafNames } from '../src/ca/leaf-names.ts';
import { encodePrivateKey, encodePublicKey, generatePrivateKey } from '../src/pki/keys.ts';
import { encodePem } from '../src/pki/pem.ts';
import { freePort } from '../test/support/free-port.ts';
import { residentMb } from '../test/support/process-memory.ts';
import { cpuMicroseconds, processesOf } from './cpu-time.ts';
import { type ClientIdentity, kindOf, type LiveClient, openClient } from './live-clients.ts';
import { median, percentile } from './median.ts';
import type { Row } from './row.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const ENTRY = join(import.meta.dirname, '../bin/countersign.js');
const CONNECTIONS = 5000;
const ROUNDS = 15;
/** Of the certificate that is revoked, so that each worker has some. */
const CONNECTIONS_OF_REVOKED = 8;
const AT_ONCE = 50;

/**
 * 5,000 connections of distinct certificates; in each round one more certificate, which has eight, is revoked
 * by the command line. The latency is from the entry in the journal until the last of the eight is
 * closed, as the clients see it. Whoever else is closed, or not answered afterwards, is an error.
 */
export async function benchRevocation(settings: { readonly folder: string }): Promise<Row[]> {
  const folder = join(settings.folder, 'revocation');
  await mkdir(folder, { recursive: true });
  const service = await startService();
  const port = await freePort();
  const town = await settle(folder, port, (service.address() as AddressInfo).port);
  const args = [ENTRY, 'run', join(folder, 'gateway.yaml')];
  const gateway = await startServer('all', { program: process.execPath, args }, folder, port);
  try {
    const idle = memoryOf(gateway);
    const others = await crowd(CONNECTIONS, (index) => town.client(`client-${index}`, index));
    const held = memoryOf(gateway);
    const before = cpuMicroseconds(gateway.pid);
    const delays: number[] = [];
    for (let round = 0; round < ROUNDS; round++)
      delays.push(await revokeOne(town, `gone-${round}`));
    const cpu = (cpuMicroseconds(gateway.pid) - before) / ROUNDS;
    const answered = await countAnswered(others);
    const after = memoryOf(gateway);
    for (const client of others) client.destroy();
    return [
      {
        scenario: `revocation: 1 of ${CONNECTIONS} live certificates`,
        contender: 'countersign',
        operations: ROUNDS,
        cpuMicroseconds: cpu,
        perSecond: 1000 / median(delays),
        latencyMs: { p50: median(delays), p99: percentile(delays, 0.99) },
        errors: CONNECTIONS - answered,
        resumed: null,
        notes: [
          `${answered} of ${CONNECTIONS} connections of others are answered afterwards`,
          `memory of all processes: ${idle} MB idle, ${held} MB with the connections, ${after} MB afterwards`,
        ],
      },
    ];
  } finally {
    await gateway.stop();
    service.closeAllConnections();
    service.close();
  }
}

interface Town {
  readonly folder: string;
  /** Opens a connection with a fresh certificate, or one that has that name already. */
  client(name: string, index: number): Promise<LiveClient>;
  serialOf(name: string): string;
}

/** An authority, the configuration of a gateway that is attached to it, and clients as they are wanted. */
async function settle(folder: string, port: number, servicePort: number): Promise<Town> {
  const dir = join(folder, 'ca');
  const authority = await createAuthority(dir, { now: Date.now() });
  const ca = encodePem('CERTIFICATE', authority.root.der);
  const key = await generatePrivateKey();
  const names = serverLeafNames(['localhost']);
  const publicKey = encodePublicKey(key);
  const server = await authority.issueServer({ ...names, publicKey, now: Date.now() });
  await writeFile(join(folder, 'server.crt'), encodeChain(server.chain));
  await writeFile(join(folder, 'server.key'), encodePrivateKey(key), { mode: 0o600 });
  await writeFile(
    join(folder, 'gateway.yaml'),
    `listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: server.crt, key_file: server.key, verify: true }
    limits: { idle: 1h }
    upstream: http://127.0.0.1:${servicePort}
ca: { dir: ca }
workers: auto
`,
  );
  const issued = new Map<string, { readonly identity: ClientIdentity; readonly serial: string }>();
  return {
    folder,
    async client(name, index) {
      const known = issued.get(name) ?? (await issueClient(authority, name, ca));
      issued.set(name, known);
      return openClient(kindOf(index), port, known.identity);
    },
    serialOf: (name) => issued.get(name)?.serial ?? '',
  };
}

async function issueClient(
  authority: Authority,
  name: string,
  ca: string,
): Promise<{ identity: ClientIdentity; serial: string }> {
  const key = await generatePrivateKey();
  const { chain, certificate } = await authority.issueClient({
    ...clientLeafNames(name),
    publicKey: encodePublicKey(key),
    now: Date.now(),
  });
  const identity = { ca, cert: encodeChain(chain), key: encodePrivateKey(key) };
  return { identity, serial: certificate.serialNumber };
}

/** From the entry in the journal to the last close, milliseconds. */
async function revokeOne(town: Town, name: string): Promise<number> {
  // The first alone: it has the certificate issued.
  const clients = [await town.client(name, 0)];
  for (let index = 1; index < CONNECTIONS_OF_REVOKED; index++) {
    clients.push(await town.client(name, index));
  }
  const words = ['revoke', town.serialOf(name), '--dir', join(town.folder, 'ca'), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, [ENTRY, ...words]);
  const { revokedAt } = JSON.parse(stdout) as { revokedAt: string };
  await Promise.all(clients.map(({ closed }) => closed));
  return Math.max(...clients.map(({ closedAt }) => closedAt ?? 0)) - Date.parse(revokedAt);
}

/** Some at a time. */
async function crowd(
  count: number,
  open: (index: number) => Promise<LiveClient>,
): Promise<LiveClient[]> {
  const all: LiveClient[] = [];
  while (all.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - all.length) }, (_, at) =>
      open(all.length + at),
    );
    all.push(...(await Promise.all(some)));
    if (process.stderr.isTTY) process.stderr.write(`\r${all.length} connections \u001B[K`);
  }
  return all;
}

async function countAnswered(clients: readonly LiveClient[]): Promise<number> {
  let answered = 0;
  for (let at = 0; at < clients.length; at += AT_ONCE) {
    const answers = await Promise.all(clients.slice(at, at + AT_ONCE).map((one) => one.ask()));
    answered += answers.filter(Boolean).length;
  }
  return answered;
}

function memoryOf({ pid }: ServerProcess): number {
  return Math.round(processesOf(pid).reduce((sum, one) => sum + residentMb(one), 0));
}

/** Answers requests, and echoes what comes over a WebSocket connection. */
async function startService(): Promise<Server> {
  const server = createServer((_, response) => response.end('here'));
  server.on('upgrade', (_, socket) => {
    socket.on('error', () => {});
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    );
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
