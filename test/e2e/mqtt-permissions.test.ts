// What a user may not do is answered in the words of its version, before mosquitto hears of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runMosquittoClient, tlsArguments } from '../support/mosquitto.ts';
import { closed, CNCF, DEREK, inboxOf, startMqttGateway } from '../support/mqtt-gateway.ts';
import { needs } from '../support/programs.ts';

const USERS = [
  { user: DEREK },
  {
    user: CNCF,
    mqtt: {
      publish: { allow: ['open/#', '+/status'], deny: ['open/secret/#'] },
      subscribe: { allow: ['open/#', 'more'], deny: ['open/secret/#'] },
    },
  },
];

const PROGRAMS = needs('mosquitto', 'openssl');

test('publishing in MQTT 5', PROGRAMS, async (t) => {
  const { client, gateway } = await startMqttGateway(t, { users: USERS });
  const [derek, cncf] = [
    await client('derek'),
    await client('cncf', { autoAssignTopicAlias: true }),
  ];
  await derek.subscribeAsync('#', { qos: 2 });
  for (const qos of [1, 2] as const) {
    for (const topic of ['secret', 'open/secret', 'open/secret/x', '$SYS/x']) {
      await assert.rejects(cncf.publishAsync(topic, 'no', { qos }), /Not authorized/, topic);
    }
  }
  await cncf.publishAsync('secret', 'dropped', { qos: 0 });
  for (const topic of ['open', 'open/a', 'a/status', 'open/a']) {
    await cncf.publishAsync(topic, 'yes', { qos: 2 });
  }
  assert.deepEqual(await inboxOf(derek).take(4), [
    'open: yes',
    'open/a: yes',
    'a/status: yes',
    'open/a: yes',
  ]);
  const refused = await gateway.waitForLine((line) => line['event'] === 'request-refused');
  assert.match(JSON.stringify(refused), /user-not-allowed.*publish\.allow/);
});

test('publishing in MQTT 3.1.1 ends the connection', PROGRAMS, async (t) => {
  const { client } = await startMqttGateway(t, { users: USERS });
  for (const qos of [0, 1, 2] as const) {
    const cncf = await client('cncf', { protocolVersion: 4 });
    await cncf.publishAsync('open/a', 'yes', { qos });
    const ended = closed(cncf);
    cncf.publish('secret', 'no', { qos });
    await ended;
  }
});

for (const protocolVersion of [4, 5] as const) {
  test(`subscribing, version ${protocolVersion}`, PROGRAMS, async (t) => {
    const { client } = await startMqttGateway(t, { users: USERS });
    const derek = await client('derek');
    const cncf = await client('cncf', { protocolVersion });
    const subscribe = (filters: readonly string[]) =>
      new Promise<unknown>((resolve) => {
        cncf.subscribe([...filters], { qos: 1 }, (_error, _granted, suback) =>
          resolve(suback?.granted),
        );
      });
    const no = protocolVersion === 4 ? 0x80 : 0x87;
    assert.deepEqual(await subscribe(['open/a', 'more', 'open/b/+']), [1, 1, 1]);
    await cncf.unsubscribeAsync(['open/a', 'more']);
    assert.deepEqual(await subscribe(['secret', 'more', '#', 'open/a', '+']), [no, 1, no, 1, no]);
    for (const topic of ['secret', 'more', 'open/a', 'open/secret', 'open/b']) {
      await derek.publishAsync(topic, 'x', { qos: 1 });
    }
    assert.deepEqual(await inboxOf(cncf).take(2), ['more: x', 'open/a: x']);
  });
}

test('a will that may not be published is refused with its CONNECT', PROGRAMS, async (t) => {
  const { client, gateway } = await startMqttGateway(t, { users: USERS });
  const will = (topic: string) => ({
    topic,
    payload: Buffer.from('x'),
    qos: 0 as const,
    retain: false,
  });
  for (const protocolVersion of [4, 5] as const) {
    await assert.rejects(
      client('cncf', { protocolVersion, will: will('secret') }),
      /Not authorized/,
    );
    await client('cncf', { protocolVersion, will: will('open/a') });
  }
  const refused = await gateway.waitForLine((line) => line['method'] === 'WILL');
  assert.match(JSON.stringify(refused), /"path":"secret".*publish\.allow/);
});

test(
  'the session of another user brings nothing that is not allowed',
  needs('mosquitto', 'openssl'),
  async (t) => {
    const { client } = await startMqttGateway(t, { users: USERS });
    const derek = await client('derek');
    for (const protocolVersion of [4, 5] as const) {
      const session = {
        protocolVersion,
        clientId: `session-${protocolVersion}`,
        clean: false,
        ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 60 } } : {}),
      };
      const owner = await client('derek', session);
      await owner.subscribeAsync('#', { qos: 2 });
      await owner.endAsync();
      for (const qos of [1, 2] as const) {
        await derek.publishAsync('secret', 'x', { qos });
        await derek.publishAsync('open/a', 'x', { qos });
      }
      const taker = await client('cncf', session);
      await derek.publishAsync('secret', 'now', { qos: 2 });
      await derek.publishAsync('open/secret', 'now', { qos: 1 });
      await derek.publishAsync('more', 'now', { qos: 2 });
      const came = await inboxOf(taker).take(3);
      assert.deepEqual(came, ['open/a: x', 'open/a: x', 'more: now']);
      await taker.endAsync();
    }
  },
);

test(
  "mosquitto's own programs say what was refused",
  needs('mosquitto', 'mosquitto_pub', 'mosquitto_sub', 'openssl'),
  async (t) => {
    const { folder, gateway } = await startMqttGateway(t, { users: USERS });
    const to = [...tlsArguments(folder, 'cncf', gateway.port), '-q', '1'];
    const pub = await runMosquittoClient('mosquitto_pub', [
      ...to,
      '-V',
      'mqttv5',
      '-t',
      's',
      '-m',
      'x',
    ]);
    assert.match(pub.stdout + pub.stderr, /Not authorized/);
    const sub = await runMosquittoClient('mosquitto_sub', [
      ...to,
      '-V',
      'mqttv5',
      '-t',
      's',
      '-W',
      '15',
    ]);
    assert.match(sub.stdout + sub.stderr, /All subscription requests were denied/);
    const old = await runMosquittoClient('mosquitto_sub', [
      ...to,
      '-V',
      'mqttv311',
      '-t',
      's',
      '-W',
      '15',
    ]);
    assert.match(old.stdout + old.stderr, /All subscription requests were denied/);
    const stay = await runMosquittoClient('mosquitto_pub', [
      ...to,
      '-V',
      'mqttv311',
      '-t',
      's',
      '-m',
      'x',
    ]);
    assert.notEqual(stay.status, 0);
  },
);
