// What the CA revokes is refused by a running gateway at once, and closed on every protocol.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import { freePort } from '../support/free-port.ts';
import { type GatewayProcess, startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

interface Town {
  readonly shell: Shell;
  readonly port: number;
  readonly gateway: GatewayProcess;
  readonly configure: (more: string) => void;
}

/** An authority with a server and two clients, and a gateway in front of an echo. */
async function town(t: TestContext, more: string, workers = 2): Promise<Town> {
  const shell = await Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'localhost'],
    ['issue', 'client', 'alice'],
    ['issue', 'client', 'bob'],
  );
  const port = await freePort();
  const configure = (rest: string): void => {
    shell.write(
      'gateway.yaml',
      `
listeners:
  - listen: 127.0.0.1:${port}
    tls: { cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key, verify: true${rest} }
    upstream: 'echo:'
workers: ${workers}
${rest === '' ? 'ca: { dir: .countersign }' : ''}
`,
    );
  };
  configure(more);
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  return { shell, port, gateway, configure };
}

interface Client {
  readonly socket: tls.TLSSocket;
  readonly closed: Promise<unknown>;
  readonly session: Promise<Buffer>;
  ask(): Promise<string>;
}

async function client(
  { shell, port }: Pick<Town, 'shell' | 'port'>,
  name: string,
  session?: Buffer,
): Promise<Client> {
  const socket = tls.connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: shell.text('.countersign/ca.crt'),
    cert: shell.text(`.countersign/${name}.crt`),
    key: shell.text(`.countersign/${name}.key`),
    ...(session === undefined ? {} : { session }),
  });
  socket.on('error', () => {});
  const kept = new Promise<Buffer>((resolve) => socket.once('session', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'secureConnect');
  return {
    socket,
    closed,
    session: kept,
    async ask() {
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const answer = once(socket, 'data').then(([bytes]) => String(bytes));
      return Promise.race([answer, closed.then(() => 'closed')]);
    },
  };
}

test('a revoked client is cut on every worker, and nobody else; it never comes back', async (t) => {
  const place = await town(t, '');
  const { shell, gateway } = place;
  const alices = await Promise.all(Array.from({ length: 8 }, () => client(place, 'alice')));
  const bobs = await Promise.all(Array.from({ length: 8 }, () => client(place, 'bob')));
  for (const one of [...alices, ...bobs]) assert.match(await one.ask(), /200 OK/);
  const session = await alices[0].session;

  const { serialNumber } = await shell.json(
    'revoke',
    '.countersign/alice.crt',
    '--reason',
    'keyCompromise',
  );
  await Promise.all(alices.map(({ closed }) => closed));
  for (const bob of bobs) assert.match(await bob.ask(), /200 OK/);
  const event = await gateway.waitForLog((line) => line['event'] === 'revoked');
  assert.deepEqual(
    [event['serialNumber'], event['reason'], event['closed']],
    [serialNumber, 'keyCompromise', 8],
  );

  const explained = await shell.run(
    'explain',
    '.countersign/alice.crt',
    '--config',
    'gateway.yaml',
  );
  assert.equal(explained.status, 1);
  assert.match(explained.stdout, /revoked/);
  for (const old of [undefined, session]) {
    const again = await client(place, 'alice', old);
    assert.equal(await again.ask(), 'closed');
  }
  const refusal = await gateway.waitForLog(
    (line) => line['event'] === 'handshake' && line['outcome'] === 'refused',
  );
  assert.equal(refusal['cause'], 'revoked');
  assert.match(String(refusal['detail']), /keyCompromise/);
});

test('what was revoked while the gateway was down, or before it attached the CA, is refused as well', async (t) => {
  const place = await town(t, '', 1);
  await place.shell.run('revoke', '.countersign/alice.crt');
  await place.gateway.waitForLog((line) => line['event'] === 'revoked');
  await place.gateway.stop();
  await startGateway(t, ['run', place.shell.path('gateway.yaml')]);
  assert.equal(await (await client(place, 'alice')).ask(), 'closed');
  assert.match(await (await client(place, 'bob')).ask(), /200 OK/);
});

test('a worker that takes a dead one’s place knows what was revoked', async (t) => {
  const place = await town(t, '');
  await place.shell.run('revoke', '.countersign/alice.crt');
  await place.gateway.waitForLog((line) => line['event'] === 'revoked');
  const workers = readFileSync(
    `/proc/${place.gateway.process.pid}/task/${place.gateway.process.pid}/children`,
    'utf8',
  );
  for (const pid of workers.trim().split(' ')) process.kill(Number(pid), 'SIGKILL');
  for (;;) {
    const bob = await client(place, 'bob').catch(() => null);
    if (bob !== null && /200 OK/.test(await bob.ask())) break;
    await sleep(50);
  }
  for (let i = 0; i < 6; i++) assert.equal(await (await client(place, 'alice')).ask(), 'closed');
});

test('without the journal nobody can say what was revoked: the gateway does not start', async (t) => {
  const shell = await Shell.open(t, ['init'], ['issue', 'server', 'localhost']);
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:0
    tls: { cert_file: .countersign/localhost.crt, key_file: .countersign/localhost.key, verify: true }
    upstream: 'echo:'
ca: { dir: .countersign }
`,
  );
  await shell.run('list');
  shell.remove('.countersign/ca/journal.db');
  const command = [
    `${import.meta.dirname}/../../bin/countersign.js`,
    'run',
    shell.path('gateway.yaml'),
  ];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  const [status] = await once(child, 'close');
  assert.equal(status, 1);
  assert.match(stderr, /journal\.db is missing, which knows what was issued and revoked/);
});

test('a list named by crl_file is followed, and what it names is cut', async (t) => {
  const place = await town(t, ', ca_file: .countersign/ca.crt, crl_file: .countersign/ca.crl');
  const [alice, bob] = [await client(place, 'alice'), await client(place, 'bob')];
  assert.match(await alice.ask(), /200 OK/);
  await place.shell.run('revoke', '.countersign/alice.crt');
  await alice.closed;
  assert.match(await bob.ask(), /200 OK/);
  assert.equal(await (await client(place, 'alice')).ask(), 'closed');
  assert.match(await (await client(place, 'bob')).ask(), /200 OK/);
});

test('an out-of-date list means what crl_stale says', needs('openssl'), async (t) => {
  const place = await town(t, ', ca_file: .countersign/ca.crt, crl_file: .countersign/ca.crl', 1);
  const { shell, gateway, configure } = place;
  // The list of a month ago, which was due again three weeks ago.
  shell.now -= 30 * 86_400_000;
  await shell.run('crl');
  const reloads = (): number => gateway.log.filter((line) => line['event'] === 'reloaded').length;
  while (reloads() < 1) await sleep(20);
  assert.equal(await (await client(place, 'bob')).ask(), 'closed');
  const refusal = await gateway.waitForLog((line) => line['cause'] === 'crl-stale');
  assert.match(String(refusal['detail']), /the next one was due/);

  const meanings = [
    ['accept', /200 OK/],
    ['grace 10d', /closed/],
    ['grace 24d', /200 OK/],
  ] as const;
  for (const [at, [meaning, answer]] of meanings.entries()) {
    configure(
      `, ca_file: .countersign/ca.crt, crl_file: .countersign/ca.crl, crl_stale: ${meaning}`,
    );
    while (reloads() < 2 + at) await sleep(20);
    assert.match(await (await client(place, 'bob')).ask(), answer, meaning);
  }
  shell.now = Date.now();
  const { stdout, stderr } = await shell.run('check', 'gateway.yaml');
  assert.match(stdout + stderr, /out of date since .*relied on for the grace/);
});

test('an authority that is made anew takes the old one’s place as a whole, while the gateway runs', async (t) => {
  const place = await town(t, '');
  const { shell, port, gateway } = place;
  const old = await client(place, 'alice');
  assert.match(await old.ask(), /200 OK/);
  const made = await shell.run('init', '--force');
  assert.equal(made.status, 0, made.stderr);
  await old.closed;
  await gateway.waitForLog((line) => line['event'] === 'reloaded' && line['closed'] === 1);
  for (const words of [
    ['server', 'localhost'],
    ['client', 'carol'],
    ['client', 'dave'],
  ]) {
    assert.equal((await shell.run('issue', ...words, '--force')).status, 0);
  }
  // The gateway's own certificate is the new authority's as well, once it was read.
  const carol = await until(() => client({ shell, port }, 'carol'));
  assert.match(await carol.ask(), /200 OK/);
  const dave = await client(place, 'dave');
  assert.equal(await (await client(place, 'alice')).ask(), 'closed');
  await shell.run('revoke', '.countersign/carol.crt');
  await carol.closed;
  assert.match(await dave.ask(), /200 OK/);
  assert.equal(await (await client(place, 'carol')).ask(), 'closed');
});

/** Until a client is admitted; the test's own limit ends it. */
async function until(open: () => Promise<Client>): Promise<Client> {
  for (;;) {
    const one = await open().catch(() => null);
    if (one !== null) return one;
    await sleep(50);
  }
}
