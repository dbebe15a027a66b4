// One process a core: they share the port, follow one configuration, and are replaced when they die.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Pool {
  readonly gateway: GatewayProcess;
  readonly port: number;
  readonly path: string;
  readonly text: string;
  readonly socket: string;
  readonly ask: (path?: string) => Promise<string>;
}

async function pool(t: TestContext): Promise<Pool> {
  const certificates = await scenarioCertificates('webServer');
  const port = await freePort();
  const folder = await temporaryFolder(t);
  const tlsKeys = `{ cert_file: ${certificates}/server.crt, key_file: ${certificates}/server.key, ca_file: ${certificates}/ca.crt, verify: true }`;
  const socket = join(folder, 'gateway.sock');
  const text = `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls: ${tlsKeys}
    routes:
      - match: { path: /x }
        respond: { status: 200, body: one }
  - listen: unix:${socket}
    protocol: https
    tls: ${tlsKeys}
    routes:
      - match: { path: /x }
        respond: { status: 200, body: one }
workers: 2
`;
  const path = join(folder, 'gateway.yaml');
  await writeFile(path, text);
  const gateway = await startGateway(t, ['run', path]);
  const client = ['--cert', 'client.crt', '--key', 'client.key', '--cacert', 'ca.crt'];
  return {
    gateway,
    port,
    path,
    text,
    socket,
    async ask(through) {
      const where = through === undefined ? [] : ['--unix-socket', through];
      const url = `https://localhost:${port}/x`;
      const answer = await curl([...client, ...where, url], { cwd: certificates });
      return answer.body;
    },
  };
}

/** One request on a connection of its own; gives the session to resume next. */
async function visit(
  where: { readonly host: string; readonly port: number } | { readonly path: string },
  version: tls.SecureVersion,
  session: Buffer | undefined,
): Promise<Buffer> {
  const certificates = await scenarioCertificates('webServer');
  const socket = tls.connect({
    ...where,
    servername: 'localhost',
    maxVersion: version,
    ca: readFileSync(join(certificates, 'ca.crt')),
    cert: readFileSync(join(certificates, 'client.crt')),
    key: readFileSync(join(certificates, 'client.key')),
    ...(session === undefined ? {} : { session }),
  });
  let last: Buffer | undefined;
  socket.on('session', (fresh) => {
    last = fresh;
  });
  socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  assert.match(await readText(socket), /^HTTP\/1\.1 200 /);
  // A server that resumes a session of TLS 1.2 leaves the client the one it has.
  const next = last ?? session;
  assert.ok(next !== undefined);
  return next;
}

function workersOf(gateway: GatewayProcess): number[] {
  try {
    const pids = execFileSync('pgrep', ['-P', String(gateway.process.pid)], { encoding: 'utf8' });
    return pids.trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

test('workers', needs('curl', 'openssl'), async (t) => {
  const { gateway, port, path, text: configuration, socket, ask } = await pool(t);

  await t.test('as many processes as configured serve the port', async () => {
    assert.equal(workersOf(gateway).length, 2);
    assert.equal(await ask(), 'one');
  });

  await t.test('a unix socket is served as well', async () => {
    assert.equal(await ask(socket), 'one');
    assert.equal(await ask(socket), 'one');
  });

  await t.test(
    'what a client sends as soon as it has connected to a unix socket is heard',
    async () => {
      for (let round = 0; round < 10; round++) await visit({ path: socket }, 'TLSv1.3', undefined);
    },
  );

  await t.test('a second gateway on the same port fails in one line', async (t2) => {
    const second = await temporaryFolder(t2, { 'gateway.yaml': configuration });
    await assert.rejects(
      startGateway(t2, ['run', join(second, 'gateway.yaml')]),
      new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use`),
    );
    assert.equal(await ask(), 'one');
  });

  await t.test('a reload reaches every worker', async () => {
    await writeFile(path, configuration.replaceAll('body: one', 'body: two'));
    await gateway.waitForLog((line) => line['event'] === 'reloaded');
    for (let round = 0; round < 8; round++) assert.equal(await ask(), 'two');
  });

  for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
    await t.test(
      `${version}: a client resumes each time, whichever worker it comes to`,
      async () => {
        const resumed = () => gateway.log.filter((line) => line['resumed'] === true).length;
        const earlier = resumed();
        let session = await visit({ host: '127.0.0.1', port }, version, undefined);
        for (let round = 0; round < 10; round++) {
          session = await visit({ host: '127.0.0.1', port }, version, session);
        }
        await gateway.waitForLog(() => resumed() === earlier + 10);
      },
    );
  }

  await t.test('a worker that dies is replaced, with the configuration of now', async () => {
    const [victim] = workersOf(gateway);
    process.kill(victim ?? 0, 'SIGKILL');
    const line = await gateway.waitForLog((entry) => entry['event'] === 'worker-died');
    assert.equal(line['pid'], victim);
    assert.equal(line['cause'], 'SIGKILL');
    assert.equal(await ask(), 'two');
    for (let waited = 0; workersOf(gateway).length < 2 && waited < 50; waited++) await sleep(100);
    assert.equal(workersOf(gateway).length, 2);
  });

  await t.test('when the primary is killed no worker stays behind', async () => {
    const workers = workersOf(gateway);
    const ended = once(gateway.process, 'exit');
    gateway.process.kill('SIGKILL');
    await ended;
    const lives = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    for (let waited = 0; workers.some(lives) && waited < 50; waited++) await sleep(100);
    assert.deepEqual(workers.filter(lives), []);
  });
});
