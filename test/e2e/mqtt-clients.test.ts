// What MQTT clients do all day, through the front to an unmodified mosquitto: none of it may differ.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { connectAsync, type IPublishPacket } from 'mqtt';
import { runMosquittoClient, startMosquitto, tlsArguments } from '../support/mosquitto.ts';
import { closed, DEREK, inboxOf, startMqttGateway } from '../support/mqtt-gateway.ts';
import { needs } from '../support/programs.ts';

test(
  'mosquitto_pub and mosquitto_sub, both versions, every QoS',
  needs('mosquitto', 'mosquitto_pub', 'mosquitto_sub', 'openssl'),
  async (t) => {
    const { folder, gateway } = await startMqttGateway(t);
    for (const version of ['mqttv311', 'mqttv5']) {
      for (const qos of ['0', '1', '2']) {
        const topic = `orders/${version}/${qos}`;
        const common = [...tlsArguments(folder, 'derek', gateway.port), '-V', version, '-t', topic];
        const sub = runMosquittoClient('mosquitto_sub', [
          ...common,
          '-q',
          qos,
          '-C',
          '1',
          '-W',
          '15',
        ]);
        const said = ['-q', qos, '-r', '-m', 'hi'];
        const pub = await runMosquittoClient('mosquitto_pub', [...common, ...said]);
        assert.deepEqual(pub, { status: 0, stdout: '', stderr: '' });
        assert.equal((await sub).stdout, 'hi\n');
      }
      const stranger = [...tlsArguments(folder, 'stranger', gateway.port), '-V', version];
      const refused = await runMosquittoClient('mosquitto_pub', [
        ...stranger,
        '-t',
        'a',
        '-m',
        'x',
      ]);
      assert.match(refused.stderr, /[Nn]ot authori[sz]ed/);
    }
  },
);

for (const protocolVersion of [4, 5] as const) {
  test(
    `the client from npm, version ${protocolVersion}`,
    needs('mosquitto', 'openssl'),
    async (t) => {
      const broker = 'allow_anonymous true\nmax_queued_messages 0\n';
      const { client } = await startMqttGateway(t, { broker });
      const connect = (name: string, more: object = {}) =>
        client(name, { protocolVersion, ...more });
      const [derek, cncf] = [await connect('derek'), await connect('cncf')];
      const inbox = inboxOf(cncf);

      await t.test('messages of every QoS and size arrive as they were sent', async () => {
        await cncf.subscribeAsync('sizes/#', { qos: 2 });
        for (const qos of [0, 1, 2] as const) {
          for (const size of [0, 1, 127, 128, 16_384, 300_000, 5_000_000]) {
            const payload = Buffer.alloc(size, `${size}`);
            const arrived = new Promise<[string, Buffer]>((resolve) => {
              cncf.once('message', (...message) => resolve([message[0], message[1]]));
            });
            await derek.publishAsync(`sizes/${qos}`, payload, { qos });
            const [topic, came] = await arrived;
            assert.equal(topic, `sizes/${qos}`);
            assert.ok(came.equals(payload), `${size} bytes`);
          }
        }
        await cncf.unsubscribeAsync('sizes/#');
        await inbox.take(21);
      });

      await t.test('ten thousand messages in their order', async () => {
        await cncf.subscribeAsync('many', { qos: 1 });
        const expected = Array.from({ length: 10_000 }, (_, index) => `many: ${index}`);
        const sent = expected.map((_, index) =>
          derek.publishAsync('many', String(index), { qos: 1 }),
        );
        await Promise.all(sent);
        assert.deepEqual(await inbox.take(10_000), expected);
        await cncf.unsubscribeAsync('many');
      });

      await t.test('retained messages and wildcards', async () => {
        await derek.publishAsync('kept/a', 'one', { retain: true, qos: 1 });
        await derek.publishAsync('kept/b/c', 'two', { retain: true, qos: 1 });
        await cncf.subscribeAsync('kept/+');
        assert.deepEqual(await inbox.take(1), ['kept/a: one']);
        await cncf.subscribeAsync('kept/+/c');
        assert.deepEqual(await inbox.take(1), ['kept/b/c: two']);
      });

      await t.test('a session outlives its connection', async () => {
        const stay = {
          clientId: `stay-${protocolVersion}`,
          clean: false,
          ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}),
        };
        const first = await connect('cncf', stay);
        await first.subscribeAsync('later', { qos: 1 });
        await first.endAsync();
        await derek.publishAsync('later', 'waited', { qos: 1 });
        const second = await connect('cncf', stay);
        assert.deepEqual(await inboxOf(second).take(1), ['later: waited']);
        await second.endAsync();
      });

      await t.test('the will of a client that is cut off, and not of one that leaves', async () => {
        await cncf.subscribeAsync('wills/#');
        const will = (name: string) => ({
          will: {
            topic: `wills/${name}`,
            payload: Buffer.from('gone'),
            qos: 1 as const,
            retain: false,
          },
        });
        await (await connect('derek', will('left'))).endAsync();
        const cut = await connect('derek', will('cut'));
        cut.stream.destroy();
        assert.deepEqual(await inbox.take(1), ['wills/cut: gone']);
      });

      await t.test('a shared subscription', async () => {
        const members = await Promise.all([connect('derek'), connect('derek')]);
        const came: string[] = [];
        const all = Promise.withResolvers<void>();
        for (const [index, member] of members.entries()) {
          member.on('message', (_topic, payload) => {
            came.push(`${index} ${payload.toString()}`);
            if (came.length === 10) all.resolve();
          });
          await member.subscribeAsync('$share/group/work', { qos: 1 });
        }
        for (let job = 0; job < 10; job += 1)
          await derek.publishAsync('work', String(job), { qos: 1 });
        await all.promise;
        assert.equal(new Set(came.map((one) => one.split(' ')[1])).size, 10);
        assert.equal(new Set(came.map((one) => one.split(' ')[0])).size, 2);
      });
    },
  );
}

test('properties and aliases of MQTT 5 pass through', needs('mosquitto', 'openssl'), async (t) => {
  const { client } = await startMqttGateway(t);
  const sender = await client('derek', { autoAssignTopicAlias: true });
  const receiver = await client('cncf', { properties: { topicAliasMaximum: 10 } });
  await receiver.subscribeAsync('asked', { qos: 1, properties: { subscriptionIdentifier: 7 } });
  const packets: IPublishPacket[] = [];
  const all = Promise.withResolvers<void>();
  receiver.on('message', (_topic, _payload, packet) => {
    packets.push(packet);
    if (packets.length === 3) all.resolve();
  });
  const properties = {
    responseTopic: 'answers',
    correlationData: Buffer.from('c'),
    messageExpiryInterval: 100,
    contentType: 'text/plain',
    userProperties: { k: 'v' },
  };
  for (const payload of ['1', '2', '3'])
    await sender.publishAsync('asked', payload, { qos: 1, properties });
  await all.promise;
  for (const [index, { payload, properties: came }] of packets.entries()) {
    assert.equal(payload.toString(), String(index + 1));
    assert.equal(came?.responseTopic, 'answers');
    assert.equal(came.correlationData?.toString(), 'c');
    assert.equal(came.contentType, 'text/plain');
    assert.equal(came.subscriptionIdentifier, 7);
    assert.deepEqual({ ...came.userProperties }, { k: 'v' });
  }
});

test(
  'one connection a user, where its name is the client identifier',
  needs('mosquitto', 'openssl'),
  async (t) => {
    const { client } = await startMqttGateway(t, { listener: { client_id: 'user' } });
    const derek = await client('derek', { clientId: 'whatever' });
    const ended = closed(derek);
    const cncf = await client('cncf', { clientId: 'whatever' });
    await cncf.publishAsync('a', 'x', { qos: 1 });
    assert.ok(derek.connected, 'the same identifier takes no session of another user');
    await client('derek', { clientId: 'another' });
    await ended;
    assert.ok(cncf.connected);
  },
);

test('a bridge of another mosquitto', needs('mosquitto', 'openssl'), async (t) => {
  const { client, folder, gateway } = await startMqttGateway(t);
  const file = (name: string): string => join(folder, name);
  const far = await startMosquitto(
    t,
    `allow_anonymous true
connection bridge
address localhost:${gateway.port}
topic # both 1
bridge_cafile ${file('ca.crt')}
bridge_certfile ${file('derek.crt')}
bridge_keyfile ${file('derek.key')}
try_private false
notifications false
`,
  );
  const cncf = await client('cncf');
  await cncf.subscribeAsync('from/#', { qos: 1 });
  const there = await connectAsync(`mqtt://127.0.0.1:${far.port}`, { reconnectPeriod: 0 });
  t.after(() => there.endAsync(true));
  await there.publishAsync('from/afar', 'hello', { qos: 1 });
  assert.deepEqual(await inboxOf(cncf).take(1), ['from/afar: hello']);
});

test('the broker knows the user', needs('mosquitto', 'openssl'), async (t) => {
  // The password is `secret`, as mosquitto_passwd writes it.
  const { client, gateway } = await startMqttGateway(t, {
    users: [
      { user: DEREK, upstream: { user: 'd', password: 'secret' } },
      { user: 'CN=example.com,OU=CNCF' },
    ],
    broker: 'allow_anonymous false\npassword_file passwords\nacl_file acl\n',
    files: { passwords: PASSWORDS, acl: 'pattern readwrite of/%u\n' },
  });
  const derek = await client('derek', { username: 'root', password: 'x' });
  const inbox = inboxOf(derek);
  await derek.subscribeAsync('of/#', { qos: 1 });
  await derek.publishAsync('of/d', 'mine', { qos: 1 });
  assert.deepEqual(await inbox.take(1), ['of/d: mine']);
  await assert.rejects(derek.publishAsync('of/root', 'not mine', { qos: 1 }), /Not authorized/);
  await assert.rejects(client('cncf'), /Not authorized/);
  const failed = await gateway.waitForLine((line) => line['event'] === 'upstream-failed');
  assert.match(JSON.stringify(failed), /it refused the credentials of CN=example.com,OU=CNCF/);
});

const PASSWORDS =
  'd:$7$101$vV3ormD/t8dv7irT$bn8ObewgKIDNODtMwaf3CnSt2rZjjrBYfE8WXHsTvNFrMSSfvvjuUnR8z6pwPf8VozU+R4Pp03m1Gt2L/rhjrg==\n';
