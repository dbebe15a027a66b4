// What ends an MQTT connection that was admitted, and what keeps others out.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { runMosquittoClient, startMosquitto } from '../support/mosquitto.ts';
import { closed, DEREK, inboxOf, npmClient, startMqttGateway } from '../support/mqtt-gateway.ts';
import { connect } from '../support/mqtt-packets.ts';
import { needs } from '../support/programs.ts';
import { Shell } from '../support/shell.ts';

const PROGRAMS = needs('mosquitto', 'openssl');

/** An authority with a server and two clients, and a gateway process in front of a mosquitto. */
async function town(t: TestContext, workers = 2) {
  const shell = await Shell.open(
    t,
    ['init'],
    ['issue', 'server', 'localhost'],
    ['issue', 'client', 'alice'],
    ['issue', 'client', 'bob'],
  );
  const broker = await startMosquitto(t);
  const port = await freePort();
  const configure = (users: readonly string[], rules = ''): void =>
    shell.write(
      'gateway.yaml',
      `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: mqtt
    tls:
      cert_file: .countersign/localhost.crt
      key_file: .countersign/localhost.key
      verify_and_map: true
    upstream: mqtt://127.0.0.1:${broker.port}
authorization:
  users: [${users.map((user) => `{ user: CN=${user}${rules} }`).join(', ')}]
ca: { dir: .countersign }
workers: ${workers}
`,
    );
  configure(['alice', 'bob']);
  const gateway = await startGateway(t, ['run', shell.path('gateway.yaml')]);
  const client = (name: string) => npmClient(t, port, join(shell.folder, '.countersign'), name);
  return { shell, gateway, configure, client, port };
}

test(
  'a revoked client is cut at once, its will is published, and others stay',
  PROGRAMS,
  async (t) => {
    const { shell, gateway, port, client } = await town(t);
    const bob = await client('bob');
    await bob.subscribeAsync('#', { qos: 1 });
    const will = {
      topic: 'wills/alice',
      payload: Buffer.from('gone'),
      qos: 1 as const,
      retain: false,
    };
    const folder = join(shell.folder, '.countersign');
    const alice = await npmClient(t, port, folder, 'alice', { will });
    const ended = closed(alice);
    await shell.run('revoke', '.countersign/alice.crt');
    await ended;
    const event = await gateway.waitForLog((line) => line['event'] === 'revoked');
    assert.equal(event['closed'], 1);
    assert.deepEqual(await inboxOf(bob).take(1), ['wills/alice: gone']);
    await assert.rejects(client('alice'));
  },
);

test(
  'a reload ends the connections of users who are gone at once, others in their time',
  PROGRAMS,
  async (t) => {
    const { gateway, configure, client } = await town(t, 1);
    const [alice, bob] = [await client('alice'), await client('bob')];
    const endedAt: string[] = [];
    alice.once('close', () => endedAt.push('alice'));
    const goodbye = new Promise<number | undefined>((resolve) => {
      bob.once('disconnect', ({ reasonCode }) => resolve(reasonCode));
    });
    bob.once('close', () => endedAt.push('bob'));
    configure(['bob'], ', mqtt: { publish: { allow: [open] } }');
    gateway.process.kill('SIGHUP');
    assert.equal(await goodbye, 0x8b);
    assert.deepEqual(endedAt, ['alice']);
    await assert.rejects(client('alice'), /Not authorized/);
    const again = await client('bob');
    await again.publishAsync('open', 'x', { qos: 1 });
    await assert.rejects(again.publishAsync('secret', 'x', { qos: 1 }), /Not authorized/);
  },
);

test('a gateway that is told to stop says goodbye', PROGRAMS, async (t) => {
  const { gateway, client } = await town(t, 1);
  const alice = await client('alice');
  const goodbye = new Promise<number | undefined>((resolve) => {
    alice.once('disconnect', ({ reasonCode }) => resolve(reasonCode));
  });
  gateway.process.kill('SIGTERM');
  assert.equal(await goodbye, 0x8b);
  assert.equal(await gateway.stop(), 0);
});

test('without a certificate, with one of another CA, and in the clear', PROGRAMS, async (t) => {
  const { gateway, client } = await startMqttGateway(t, { users: [{ user: DEREK }] });
  await assert.rejects(client('derek', { cert: '', key: '' }), /certificate required|closed/);
  await assert.rejects(client('forged'), /closed|reset/i);
  const refused = await gateway.waitForLine((line) => line['cause'] === 'unknown-issuer');
  assert.equal(refused['outcome'], 'refused');
  const plain = connectTcp(gateway.port, '127.0.0.1');
  plain.on('error', () => {});
  plain.write(connect());
  plain.resume();
  await once(plain, 'close');
  const other = await gateway.waitForLine((line) => line['cause'] === 'other-protocol');
  assert.match(JSON.stringify(other), /mqtt/);
});

test(
  'a gateway without a file: the protocol follows from the URL',
  needs('mosquitto', 'mosquitto_pub', 'openssl'),
  async (t) => {
    const { folder, broker } = await startMqttGateway(t);
    const port = await freePort();
    const file = (name: string): string => join(folder, name);
    await startGateway(
      t,
      ['proxy', '--listen', `127.0.0.1:${port}`, '--to', `mqtt://127.0.0.1:${broker.port}`].concat(
        ['--tlscert', file('server.crt'), '--tlskey', file('server.key')],
        ['--tlscacert', file('ca.crt'), '--tlsverify-and-map', '--user', DEREK],
      ),
    );
    const to = ['-h', 'localhost', '-p', String(port), '--cafile', file('ca.crt')];
    const pair = ['--cert', file('derek.crt'), '--key', file('derek.key')];
    const sent = await runMosquittoClient('mosquitto_pub', [
      ...to,
      ...pair,
      '-t',
      'a',
      '-m',
      'x',
      '-q',
      '1',
    ]);
    assert.deepEqual(sent, { status: 0, stdout: '', stderr: '' });
  },
);

test('a broker that is reached by mutual TLS', PROGRAMS, async (t) => {
  const { folder } = await startMqttGateway(t);
  const file = (name: string): string => join(folder, name);
  const settings = `cafile ${file('ca.crt')}
certfile ${file('server.crt')}
keyfile ${file('server.key')}
require_certificate true
allow_anonymous true
`;
  const broker = await startMosquitto(t, settings);
  const shell = await Shell.open(t);
  const port = await freePort();
  shell.write(
    'gateway.yaml',
    `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: mqtt
    tls: { cert_file: ${file('server.crt')}, key_file: ${file('server.key')}, ca_file: ${file('ca.crt')}, verify_and_map: true }
    upstream: broker
authorization: { users: [{ user: ${DEREK} }] }
upstreams:
  broker:
    url: mqtts://localhost:${broker.port}
    tls: { ca_file: ${file('ca.crt')}, cert_file: ${file('cncf.crt')}, key_file: ${file('cncf.key')} }
workers: 1
`,
  );
  await startGateway(t, ['run', shell.path('gateway.yaml')]);
  const derek = await npmClient(t, port, folder, 'derek');
  await derek.subscribeAsync('a', { qos: 1 });
  const payload = 'x'.repeat(100_000);
  await derek.publishAsync('a', payload, { qos: 1 });
  assert.deepEqual(await inboxOf(derek).take(1), [`a: ${payload}`]);
});
