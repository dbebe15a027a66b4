// What ends a NATS connection: time, a second CONNECT, lines that are too long, a reload.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { gatewayOptions, startLiveGateway } from '../support/live-gateway.ts';
import { NatsClient } from '../support/nats-client.ts';
import { clientTls, officialClient, startNatsServer } from '../support/nats-server.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROGRAMS = needs('nats-server', 'openssl');

/** A front that maps `derek` and his password, where he has one. */
async function front(t: TestContext, tls: object = {}, password: string | null = null) {
  const folder = await scenarioCertificates('messaging');
  const upstream = await startNatsServer(t);
  const pair = { cert_file: join(folder, 'server.crt'), key_file: join(folder, 'server.key') };
  const options = gatewayOptions({
    listeners: [
      {
        listen: '127.0.0.1:0',
        protocol: 'nats',
        tls: { ...pair, ca_file: join(folder, 'ca.crt'), verify_and_map: true, ...tls },
        upstream: `nats://127.0.0.1:${upstream.port}`,
      },
    ],
    authorization: {
      users: [{ user: 'derek@nats.io', ...(password === null ? {} : { password }) }],
    },
  });
  const gateway = await startLiveGateway(t, options);
  const raw = async (order?: 'info-first' | 'tls-first' | 'plain'): Promise<NatsClient> => {
    const identity = { folder, name: 'derek' };
    const connection = await NatsClient.connect(gateway.port, identity, order);
    t.after(() => connection.close());
    return connection;
  };
  return { folder, gateway, raw };
}

test(
  'a client that stalls in the handshake is cut off after two seconds, or as set',
  PROGRAMS,
  async (t) => {
    for (const [tls, limitMs] of [
      [{}, 2000],
      [{ timeout: '300ms' }, 300],
    ] as const) {
      const { gateway, raw } = await front(t, tls);
      const began = performance.now();
      const client = await raw('plain');
      client.socket.resume();
      await client.end();
      const took = performance.now() - began;
      assert.ok(took >= limitMs - 20, `cut off after ${took} ms`);
      const record = await gateway.waitForLine((line) => line['event'] === 'handshake');
      assert.match(JSON.stringify(record), new RegExp(`handshake-timeout.* after ${limitMs} ms`));
    }
  },
);

test('TLS before INFO, where the listener says so', PROGRAMS, async (t) => {
  const { folder, gateway, raw } = await front(t, { handshake_first: true });
  const tls = { ...clientTls(folder, 'derek'), handshakeFirst: true };
  const client = await officialClient(t, gateway.port, tls);
  await client.flush();
  assert.equal(client.info?.tls_required, true);
  assert.equal((await (await raw('tls-first')).read(/^INFO /))[0], 'INFO ');
  const identity = ['-cert', join(folder, 'derek.crt'), '-key', join(folder, 'derek.key')];
  const target = ['-connect', `127.0.0.1:${gateway.port}`, '-CAfile', join(folder, 'ca.crt')];
  const openssl = spawn(programPath('openssl'), ['s_client', '-quiet', ...target, ...identity]);
  t.after(() => openssl.kill());
  openssl.stdin.write('CONNECT {"verbose":false}\r\nPING\r\n');
  let output = '';
  for await (const text of openssl.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    output += text;
    if (output.includes('PONG')) break;
  }
  assert.match(output, /^INFO \{.*\}\s+PONG\r\n$/);
});

test('a user with a password must send it', PROGRAMS, async (t) => {
  const { folder, gateway } = await front(t, {}, 'right');
  const connect = (pass?: string) =>
    officialClient(
      t,
      gateway.port,
      clientTls(folder, 'derek'),
      pass === undefined ? {} : { user: 'derek@nats.io', pass },
    );
  await assert.rejects(connect(), /Authorization Violation/);
  await assert.rejects(connect('wrong'), /Authorization Violation/);
  await (await connect('right')).flush();
  // The certificate of nobody, with a name and a password: as at nats-server that is not enough.
  const stranger = clientTls(folder, 'stranger');
  const login = { user: 'derek@nats.io', pass: 'right' };
  await assert.rejects(officialClient(t, gateway.port, stranger, login), /Authorization Violation/);
});

test('a second CONNECT, a line that is too long, and what is no NATS', PROGRAMS, async (t) => {
  const { raw } = await front(t);
  for (const [sent, last] of [
    ['CONNECT {"user":"other"}\r\n', "-ERR 'Authorization Violation'\r\n"],
    [`PUB ${'x'.repeat(4097)} 0\r\n\r\n`, "-ERR 'maximum control line exceeded'\r\n"],
    ['GET / HTTP/1.1\r\n\r\n', "-ERR 'Unknown Protocol Operation'\r\n"],
  ] as const) {
    const client = await raw();
    client.send('CONNECT {"verbose":false}\r\n');
    await client.flush();
    client.send(sent);
    assert.equal(await client.end(), last);
  }
  const other = await raw();
  other.send('CONNECT {"verbose":false}\r\n');
  assert.equal(await other.flush(), '');
});

test(
  'a reload that takes a user away ends its connections, and those of nobody else',
  PROGRAMS,
  async (t) => {
    const certificates = await scenarioCertificates('messaging');
    const folder = await temporaryFolder(t);
    const upstream = await startNatsServer(t);
    const port = await freePort();
    const file = join(folder, 'server.conf');
    const write = async (...users: readonly string[]): Promise<void> => {
      const names = users.map((user) => `{ user: ${JSON.stringify(user)} }`).join('\n');
      const pem = (name: string): string => JSON.stringify(join(certificates, name));
      await writeFile(
        `${file}.new`,
        `listen: "127.0.0.1:${port}"
tls { cert_file: ${pem('server.crt')}, key_file: ${pem('server.key')}, ca_file: ${pem('ca.crt')}, verify_and_map: true }
authorization { users = [
${names}
] }
`,
      );
      await rename(`${file}.new`, file);
    };
    await write('derek@nats.io', 'CN=example.com,OU=CNCF');
    const command = [
      'run',
      file,
      '--adapter',
      'nats',
      '--upstream',
      `nats://127.0.0.1:${upstream.port}`,
    ];
    const gateway = await startGateway(t, command);
    const connect = (name: string) => officialClient(t, port, clientTls(certificates, name));
    const [derek, cncf] = [await connect('derek'), await connect('cncf')];
    await derek.flush();
    await write('CN=example.com,OU=CNCF');
    gateway.process.kill('SIGHUP');
    await derek.closed();
    await gateway.waitForLog((line) => line['event'] === 'reloaded');
    await cncf.flush();
    await assert.rejects(connect('derek'), /Authorization Violation/);
    await cncf.close();
    gateway.process.kill('SIGTERM');
    await once(gateway.process, 'close');
  },
);
