// Permissions as mosquitto has them where both mean the same: the same users, once in its own acl_file and
// once at the front before a mosquitto that asks for nothing, publish and receive the same. What they may
// subscribe to is no part of that: an acl_file grants every subscription and leaves out messages.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { MqttUserOptions } from '../../src/frontends/mqtt/options.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { MqttClient } from '../support/mqtt-client.ts';
import { MqttFront } from '../support/mqtt-front.ts';
import { connect, PINGREQ, publish, subscribe, topicOf } from '../support/mqtt-packets.ts';
import { needs } from '../support/programs.ts';

interface Rules {
  readonly allow: readonly string[];
  readonly deny?: readonly string[];
}

const RULES: readonly Rules[] = [
  { allow: [] },
  { allow: ['#'] },
  { allow: ['+'] },
  { allow: ['+/#'] },
  { allow: ['a'] },
  { allow: ['a/b'] },
  { allow: ['a/+'] },
  { allow: ['a/#'] },
  { allow: ['/'] },
  { allow: ['/#'] },
  { allow: ['+/+'] },
  { allow: ['+/b/#'] },
  { allow: ['a/+/c'] },
  { allow: ['a//c'] },
  { allow: ['a/'] },
  { allow: ['a', 'a/b', 'x/#'] },
  { allow: ['#'], deny: ['a/b'] },
  { allow: ['#'], deny: ['a/#'] },
  { allow: ['#'], deny: ['+'] },
  { allow: ['#'], deny: ['+/b'] },
  { allow: ['a/#'], deny: ['a/b/#'] },
  { allow: ['a/+'], deny: ['a/b'] },
  { allow: ['+/b'], deny: ['a/+'] },
  { allow: ['größe/#'], deny: ['größe/é'] },
];

const TOPICS = [
  'a',
  'b',
  'a/b',
  'a/b/c',
  'a/x',
  'x/b',
  'x/b/c',
  'x',
  '/',
  '/a',
  'a/',
  'a//c',
].concat(['größe', 'größe/é', 'größe/e', 'A/b']);

test('who may do what is the same as by an acl_file', needs('mosquitto', 'openssl'), async (t) => {
  const names = RULES.map((_, index) => `u${index}`);
  const acl = RULES.map((rules, index) => aclOf(names[index] ?? '', rules)).join('\n');
  const settings = 'allow_anonymous true\nacl_file acl\n';
  const everything = 'user admin\ntopic readwrite #\n';
  const [real, plain] = await Promise.all([
    startMosquitto(t, settings, { acl: `${everything}${acl}` }),
    startMosquitto(t),
  ]);
  const front = await MqttFront.start(t, {
    upstreamPort: plain.port,
    users: Object.fromEntries(RULES.map((rules, index) => [names[index] ?? '', optionsOf(rules)])),
    tls: { mapping: false },
  });
  const realAdmin = await login(t, await MqttClient.connectPlain(real.port), 'admin');
  const admin = await login(t, await MqttClient.connectPlain(plain.port), 'admin');
  let allowed = 0;
  let count = 0;
  for (const [index, rules] of RULES.entries()) {
    const name = names[index] ?? '';
    const text = JSON.stringify(rules);
    const theirs = await login(t, await MqttClient.connectPlain(real.port), name);
    const ours = await login(t, await front.client('stranger'), name);
    const published = await publishAll(theirs);
    assert.deepEqual(await publishAll(ours), published, `publish ${text}`);
    const received = await receiveAll(theirs, realAdmin);
    assert.deepEqual(await receiveAll(ours, admin), received, `receive ${text}`);
    count += published.length + received.length;
    allowed += published.filter((one) => one.endsWith('yes')).length;
    theirs.close();
    ours.close();
  }
  assert.ok(count > 500 && allowed > 100, `${count} cases, ${allowed} allowed`);
});

function aclOf(name: string, { allow, deny = [] }: Rules): string {
  const lines = [
    ...allow.map((filter) => `topic readwrite ${filter}`),
    ...deny.map((filter) => `topic deny ${filter}`),
  ];
  return `user ${name}\n${lines.join('\n')}\n`;
}

function optionsOf({ allow, deny = [] }: Rules): Partial<MqttUserOptions> {
  const permissions = { publish: { allow, deny }, subscribe: { allow, deny } };
  return { password: 'p', permissions, credentials: { user: null, password: null } };
}

async function login(t: TestContext, client: MqttClient, user: string): Promise<MqttClient> {
  t.after(() => client.close());
  client.send(connect({ version: 5, user, password: 'p', clientId: `${user}-client` }));
  assert.equal((await client.next()).first, 0x20, user);
  return client;
}

/** Whether each topic may be published to, by the reason code of its PUBACK. */
async function publishAll(client: MqttClient): Promise<string[]> {
  const answers: string[] = [];
  for (const [index, topic] of TOPICS.entries()) {
    client.send(publish(topic, '', { version: 5, qos: 1, id: index + 1 }));
    const { first, body } = await client.next();
    assert.equal(first, 0x40);
    answers.push(`${topic}: ${(body[2] ?? 0) < 0x80 ? 'yes' : 'no'}`);
  }
  return answers;
}

/** The topics that arrive after a subscription to each was asked for. */
async function receiveAll(client: MqttClient, admin: MqttClient): Promise<string[]> {
  client.send(subscribe(1, TOPICS, 5));
  assert.equal((await client.next()).first, 0x90);
  for (const [index, topic] of TOPICS.entries()) {
    admin.send(publish(topic, '', { version: 5, qos: 1, id: index + 1 }));
    assert.equal((await admin.next()).first, 0x40);
  }
  client.send(PINGREQ);
  const came: string[] = [];
  for (;;) {
    const one = await client.next();
    if (one.first === 0xd0) return came.toSorted();
    came.push(topicOf(one));
  }
}
