// What stands between the front and an unmodified nats-server: TLS, mutual TLS, credentials, and what
// that one says later.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { NatsConnection } from 'nats';
import nkeys from 'nkeys.js';
import { freePort } from '../support/free-port.ts';
import { gatewayOptions, type LiveGateway, startLiveGateway } from '../support/live-gateway.ts';
import { NatsClient } from '../support/nats-client.ts';
import { clientTls, officialClient, startNatsServer } from '../support/nats-server.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';

const PROGRAMS = needs('nats-server', 'openssl');

interface Front {
  readonly folder: string;
  readonly gateway: LiveGateway;
  /** Whom an upstream, by its monitoring port, takes the owner of a certificate for. */
  readonly whoIs: (name: string, monitor: number) => Promise<string | undefined>;
  readonly raw: (name: string) => Promise<NatsClient>;
}

async function front(
  t: TestContext,
  upstream: object,
  users: readonly object[] = [{ user: 'derek@nats.io' }],
): Promise<Front> {
  const folder = await scenarioCertificates('messaging');
  const pair = { cert_file: join(folder, 'server.crt'), key_file: join(folder, 'server.key') };
  const options = gatewayOptions({
    listeners: [
      {
        listen: '127.0.0.1:0',
        protocol: 'nats',
        tls: { ...pair, ca_file: join(folder, 'ca.crt'), verify_and_map: true },
        upstream: 'server',
      },
    ],
    upstreams: { server: upstream },
    authorization: { users },
  });
  const gateway = await startLiveGateway(t, options);
  return {
    folder,
    gateway,
    async whoIs(name, monitor) {
      const connection = await officialClient(t, gateway.port, clientTls(folder, name));
      await connection.flush();
      const answer = await fetch(`http://127.0.0.1:${monitor}/connz?auth=1`);
      const { connections } = (await answer.json()) as {
        connections: { cid: number; authorized_user?: string }[];
      };
      const own = connections.find(({ cid }) => cid === connection.info?.client_id);
      await connection.close();
      return own?.authorized_user;
    },
    async raw(name) {
      const connection = await NatsClient.connect(gateway.port, { folder, name });
      t.after(() => connection.close());
      connection.send('CONNECT {"verbose":false,"protocol":1}\r\n');
      return connection;
    },
  };
}

async function upstreamFiles() {
  const folder = await scenarioCertificates('messaging');
  const names = ['ca.crt', 'server.crt', 'server.key'];
  const entries = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
  return Object.fromEntries(await Promise.all(entries));
}

test(
  'a nats-server that asks for TLS, and one that asks for a certificate too',
  PROGRAMS,
  async (t) => {
    const files = await upstreamFiles();
    const folder = await scenarioCertificates('messaging');
    const tls = 'cert_file: server.crt, key_file: server.key, ca_file: ca.crt';
    const users = 'authorization { users: [{ user: "CN=stranger" }, { user: "derek@nats.io" }] }\n';
    const ca = { ca_file: join(folder, 'ca.crt') };
    const own = {
      cert_file: join(folder, 'cncf.crt'),
      key_file: join(folder, 'cncf.key'),
    };

    const monitors = [await freePort(), await freePort()] as const;
    const [plain, mutual] = await Promise.all([
      startNatsServer(t, `http: ${monitors[0]}\n${users}tls { ${tls} }\n`, files),
      startNatsServer(t, `http: ${monitors[1]}\n${users}tls { ${tls}, verify: true }\n`, files),
    ]);
    for (const [scheme, { port }, client, monitor] of [
      ['nats', plain, {}, monitors[0]],
      ['tls', plain, {}, monitors[0]],
      ['nats', mutual, own, monitors[1]],
      ['tls', mutual, own, monitors[1]],
    ] as const) {
      const url = `${scheme}://127.0.0.1:${port}`;
      const { whoIs } = await front(t, { url, tls: { ...ca, ...client } });
      assert.equal(await whoIs('derek', monitor), 'derek@nats.io', url);
    }

    await t.test('without the certificate it asks for there is no way in', async () => {
      const url = `tls://127.0.0.1:${mutual.port}`;
      const { gateway } = await front(t, { url, tls: ca });
      await assert.rejects(officialClient(t, gateway.port, clientTls(folder, 'derek')));
      assert.ok(!gateway.lines.some((line) => line['event'] === 'fault'));
    });

    await t.test('an upstream of another CA is not trusted', async () => {
      const url = `tls://127.0.0.1:${plain.port}`;
      const stranger = { ca_file: join(folder, 'forged.crt') };
      const { gateway } = await front(t, { url, tls: stranger });
      await assert.rejects(officialClient(t, gateway.port, clientTls(folder, 'derek')));
      const failure = await gateway.waitForLine((line) => line['event'] === 'upstream-failed');
      assert.match(JSON.stringify(failure), /certificate|issuer/i);
    });
  },
);

test(
  'the mapped user is another at the upstream, by password, nkey or token',
  PROGRAMS,
  async (t) => {
    const pair = nkeys.createUser();
    const seed = Buffer.from(pair.getSeed()).toString();
    const monitor = await freePort();
    const byName = await startNatsServer(
      t,
      `http: ${monitor}
    authorization { users: [
      { user: "d", password: "right" }, { nkey: "${pair.getPublicKey()}" }, { user: "plain@nats.io" }
    ] }\n`,
    );
    const { gateway, whoIs, raw } = await front(t, { url: `nats://127.0.0.1:${byName.port}` }, [
      { user: 'derek@nats.io', upstream: { user: 'd', password: 'right' } },
      { user: 'CN=example.com,OU=CNCF', upstream: { nkey: seed } },
      { user: 'stranger@nats.io', upstream: { user: 'd', password: 'wrong' } },
    ]);
    assert.equal(await whoIs('derek', monitor), 'd');
    assert.equal(await whoIs('cncf', monitor), pair.getPublicKey());
    assert.equal(await (await raw('stranger')).end(), "-ERR 'Authorization Violation'\r\n");
    const failure = await gateway.waitForLine((line) => line['event'] === 'upstream-failed');
    assert.match(JSON.stringify(failure), /refused the credentials of stranger@nats.io/);
    assert.doesNotMatch(JSON.stringify(gateway.lines), new RegExp(`wrong"|right|${seed}`));

    const byToken = await startNatsServer(t, 'authorization { token: "s3cr3t" }\n');
    const tokens = await front(t, { url: `nats://127.0.0.1:${byToken.port}` }, [
      { user: 'derek@nats.io', upstream: { token: 's3cr3t' } },
      { user: 'stranger@nats.io', upstream: { token: 'guess' } },
    ]);
    assert.equal(await (await tokens.raw('derek')).flush(), '');
    assert.equal(await (await tokens.raw('stranger')).end(), "-ERR 'Authorization Violation'\r\n");
  },
);

test(
  'what the upstream says later: INFO is rewritten, lame duck is passed on',
  PROGRAMS,
  async (t) => {
    const upstream = await startNatsServer(
      t,
      'client_advertise: "10.1.2.3:4222"\nlame_duck_duration: 30s\nlame_duck_grace_period: 1s\n',
    );
    const { folder, gateway, raw } = await front(t, { url: `nats://127.0.0.1:${upstream.port}` });
    const official = await officialClient(t, gateway.port, clientTls(folder, 'derek'));
    const told = sawLameDuck(official);
    const connection = await raw('derek');
    await connection.flush();
    upstream.process.kill('SIGUSR2');
    const [, json = ''] = await connection.read(/INFO (\{.*\}) *\r\n/);
    const info = JSON.parse(json) as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      [info['ldm'], info['tls_required'], info['tls_verify'], info['auth_required']],
      [true, true, true, true],
    );
    assert.doesNotMatch(json, /connect_urls|nonce/);
    assert.equal(await told, true);
  },
);

async function sawLameDuck(client: NatsConnection): Promise<boolean> {
  for await (const { type } of client.status()) if ((type as string) === 'ldm') return true;
  return false;
}

test('the largest message is what the upstream says', PROGRAMS, async (t) => {
  const upstream = await startNatsServer(t, 'max_payload: 1000\n');
  const { raw } = await front(t, { url: `nats://127.0.0.1:${upstream.port}` });
  const connection = await raw('derek');
  assert.equal(connection.info?.['max_payload'], 1000);
  connection.send(`PUB foo 1000\r\n${'x'.repeat(1000)}\r\n`);
  assert.equal(await connection.flush(), '');
  connection.send(`PUB foo 1001\r\n${'x'.repeat(1001)}\r\n`);
  assert.equal(await connection.end(), "-ERR 'Maximum Payload Violation'\r\n");
});

test('the upstream goes: its clients go too', PROGRAMS, async (t) => {
  const upstream = await startNatsServer(t);
  const { folder, gateway, raw } = await front(t, { url: `nats://127.0.0.1:${upstream.port}` });
  const connection = await raw('derek');
  await connection.flush();
  const official = await officialClient(t, gateway.port, clientTls(folder, 'derek'));
  upstream.process.kill('SIGKILL');
  await connection.end();
  await official.closed();
});
