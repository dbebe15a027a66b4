import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { MqttClient } from '../../../test/support/mqtt-client.ts';
import {
  MqttFront,
  type MqttFrontSetup,
  ScriptedBroker,
} from '../../../test/support/mqtt-front.ts';
import {
  acknowledge,
  connack,
  connect,
  type ConnectFields,
  DISCONNECT,
  field,
  PINGREQ,
  PINGRESP,
  publish,
  raw,
  splitPackets,
  suback,
  subscribe,
} from '../../../test/support/mqtt-packets.ts';
import { needs } from '../../../test/support/programs.ts';
import type { TopicRules } from '../../policy/topic-permissions.ts';
import type { MqttUserOptions } from './options.ts';

interface Pair {
  readonly front: MqttFront;
  readonly client: MqttClient;
  readonly upstream: MqttClient;
}

const DEREK = 'derek@nats.io';

/** A client that is logged in, and the upstream's side of its connection. */
async function connected(
  t: TestContext,
  setup: Partial<MqttFrontSetup> = {},
  sent: ConnectFields = {},
): Promise<Pair> {
  const scripted = await ScriptedBroker.start(t);
  const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek(), ...setup });
  const client = await front.client();
  client.send(connect(sent));
  const upstream = await scripted.next();
  assert.equal((await upstream.next()).first, 0x10);
  upstream.send(connack(sent.version));
  assert.equal((await client.next()).first, 0x20);
  return { front, client, upstream };
}

function derek(user: Partial<MqttUserOptions> = {}): Pick<MqttFrontSetup, 'users'> {
  return { users: { [DEREK]: user } };
}

function permits(publishes: Partial<TopicRules>, subscribes: Partial<TopicRules> = {}) {
  const all = { allow: null, deny: [] };
  return derek({
    permissions: { publish: { ...all, ...publishes }, subscribe: { ...all, ...subscribes } },
  });
}

/** The packets as one buffer, to be compared. */
function hex(...packets: readonly Buffer[]): string {
  return Buffer.concat(packets).toString('hex');
}

/** What the other side has had once a PINGREQ and its answer came through. */
async function flushed(from: MqttClient, to: MqttClient): Promise<string> {
  from.send(PINGREQ);
  let came = '';
  for (;;) {
    const one = await to.next();
    const whole = raw(one.first, one.body);
    if (whole.equals(PINGREQ)) return came;
    came += whole.toString('hex');
  }
}

describe('the way in', needs('openssl'), () => {
  test('CONNECT goes upstream as the user of the certificate', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek() });
    for (const version of [4, 5] as const) {
      const client = await front.client();
      const will = { topic: 'gone', payload: 'bye', qos: 1, retain: true };
      const sent = { version, clientId: 'meter-7', clean: false, keepAlive: 17, will };
      client.send(connect({ ...sent, user: 'admin', password: 'x' }), PINGREQ);
      const upstream = await scripted.next();
      const { first, body } = await upstream.next();
      assert.equal(hex(raw(first, body)), hex(connect({ ...sent, user: DEREK })));
      assert.equal((await upstream.next()).first, 0xc0);
      upstream.send(connack(version), PINGRESP);
      assert.equal((await client.next()).first, 0x20);
      assert.equal((await client.next()).first, 0xd0);
      client.close();
    }
    assert.deepEqual(front.events, [`admin is ${DEREK}`, `admin is ${DEREK}`]);
    assert.equal(front.records[0]?.user, DEREK);
  });

  test('with credentials of its own at the upstream, or as nobody', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    for (const [credentials, expected] of [
      [
        { user: 'd', password: 'pass' },
        { user: 'd', password: 'pass' },
      ],
      [{ user: null, password: null }, {}],
    ] as const) {
      const users = derek({ credentials });
      const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...users });
      const client = await front.client();
      client.send(connect());
      const { first, body } = await (await scripted.next()).next();
      assert.equal(hex(raw(first, body)), hex(connect(expected)));
    }
  });

  test('a CONNECT that comes byte by byte, and what comes with it', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek() });
    const client = await front.client();
    for (const byte of connect()) client.socket.write(Buffer.from([byte]));
    client.send(publish('a', 'early'), PINGREQ);
    const upstream = await scripted.next();
    await upstream.next();
    assert.equal(hex(publish('a', 'early')), await upstream.nextHex().then((text) => spread(text)));
    assert.equal((await upstream.next()).first, 0xc0);
  });

  test('much that comes with CONNECT waits for the upstream, all of it', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek() });
    const client = await front.client();
    const messages = Array.from({ length: 20_000 }, (_, index) => publish('a', `number ${index}`));
    const all = Buffer.concat(messages);
    client.send(connect(), all);
    const upstream = await scripted.next();
    await upstream.next();
    assert.ok((await upstream.bytes(all.length)).equals(all));
  });

  test('a certificate that is no user is told so, and never reaches the upstream', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek() });
    const old = await front.client('stranger');
    old.send(connect({ user: DEREK }), publish('a', 'x'));
    assert.equal(hex(await old.end()), '20020005');
    const modern = await front.client('stranger');
    modern.send(connect({ version: 5, user: DEREK }));
    const [answer] = splitPackets(await modern.end()).packets;
    assert.match(`${answer?.first} ${answer?.body.toString('hex')}`, /^32 0087/);
    assert.match(answer?.body.toString() ?? '', new RegExp(`handshake ${front.records[1]?.id}`));
    const small = await front.client('stranger');
    small.send(connect({ version: 5, properties: [Buffer.from([0x27, 0, 0, 0, 20])] }));
    assert.equal(hex(await small.end()), '2003008700', 'no longer than it takes');
    assert.equal(scripted.unclaimed, 0);
    assert.equal(front.records[0]?.cause, 'no-user-matches');
  });

  test('a certificate of another CA is closed without a word', async (t) => {
    const front = await MqttFront.start(t, { upstreamPort: 1, ...derek() });
    const client = await front.client('forged');
    client.send(connect());
    assert.equal(hex(await client.end()), '');
    assert.equal(front.records[0]?.verification, 'FAILED:unknown-issuer');
  });

  test('a password is asked for where the user has one', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const users = derek({ password: 'right' });
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...users });
    for (const sent of [{}, { user: DEREK, password: 'wrong' }]) {
      const client = await front.client();
      client.send(connect(sent));
      assert.equal(hex(await client.end()), '20020005');
    }
    const right = await front.client();
    right.send(connect({ user: DEREK, password: 'right' }));
    const { first, body } = await (await scripted.next()).next();
    assert.equal(hex(raw(first, body)), hex(connect({ user: DEREK })));
    assert.deepEqual(front.events, ['CONNECT: wrong password', 'CONNECT: wrong password']);
  });

  test('whose certificate is nobody logs in by name and password, where users have one', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const users = derek({ password: 'right' });
    const setup = { upstreamPort: scripted.port, ...users, tls: { mapping: false } };
    const front = await MqttFront.start(t, setup);
    const wrong = await front.client('stranger');
    wrong.send(connect({ user: DEREK, password: 'no' }));
    assert.equal(hex(await wrong.end()), '20020005');
    const right = await front.client('stranger');
    right.send(connect({ user: DEREK, password: 'right' }));
    const { first, body } = await (await scripted.next()).next();
    assert.equal(hex(raw(first, body)), hex(connect({ user: DEREK })));
  });

  test('without users a client answers for itself', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port });
    const client = await front.client();
    const own = connect({ version: 5, user: 'own', password: 'p', properties: [METHOD] });
    client.send(own, raw(0xf0));
    const upstream = await scripted.next();
    const { first, body } = await upstream.next();
    assert.equal(hex(raw(first, body)), hex(own));
    assert.equal((await upstream.next()).first, 0xf0);
    upstream.send(raw(0xf0, [0x18, 0]), connack(5));
    assert.equal((await client.next()).first, 0xf0);
  });

  test('a mapped user brings no authentication of its own', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek() });
    const client = await front.client();
    client.send(connect({ version: 5, properties: [METHOD] }));
    assert.match(hex(await client.end()), /^20..008c/);
    assert.equal(scripted.unclaimed, 0);
  });

  test('the client identifier is the name of the user, where that is asked for', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const setup = { upstreamPort: scripted.port, clientId: 'user' } as const;
    const front = await MqttFront.start(t, {
      ...setup,
      ...derek({ credentials: { user: 'd', password: null } }),
    });
    const client = await front.client();
    client.send(connect({ clientId: 'another' }));
    const { first, body } = await (await scripted.next()).next();
    assert.equal(hex(raw(first, body)), hex(connect({ clientId: DEREK, user: 'd' })));
    const nobody = await (await MqttFront.start(t, setup)).client();
    nobody.send(connect());
    assert.equal(hex(await nobody.end()), '20020005');
  });

  test('other versions, and what is no CONNECT', async (t) => {
    const front = await MqttFront.start(t, { upstreamPort: 1, ...derek() });
    for (const [sent, answer] of [
      [raw(0x10, field('MQIsdp'), [3, 2, 0, 60], field('c')), /^20020001$/],
      [raw(0x10, field('MQTT'), [6, 2, 0, 60, 0], field('c')), /^20..0084/],
      [raw(0x10, field('MQTT'), [0x84, 2, 0, 60], field('c')), /^20020001$/],
      [connect({ clientId: '\0' }), /^$/],
      [connect({ version: 5, clientId: '\0' }), /^20..0081/],
      [PINGREQ, /^$/],
      [Buffer.from('GET / HTTP/1.1\r\n\r\n'), /^$/],
      [connect({ will: { topic: 'x', payload: 'x'.repeat(65_535) } }), /^$/],
    ] as const) {
      const client = await front.client();
      client.send(sent);
      assert.match(hex(await client.end()), answer);
    }
    assert.deepEqual(front.events, []);
  });

  test('a client that sends no CONNECT, or half of one, is cut off', async (t) => {
    const limits = { connectTimeoutMs: 200 };
    const front = await MqttFront.start(t, { upstreamPort: 1, ...derek(), limits });
    for (const bytes of [Buffer.alloc(0), connect().subarray(0, 9)]) {
      const client = await front.client();
      client.send(bytes);
      assert.equal(hex(await client.end()), '');
    }
  });

  test('an upstream that is not there', async (t) => {
    const front = await MqttFront.start(t, { upstreamPort: 1, ...derek() });
    for (const [version, answer] of [
      [4, /^20020003$/],
      [5, /^20..0088/],
    ] as const) {
      const client = await front.client();
      client.send(connect({ version }));
      assert.match(hex(await client.end()), answer);
    }
    assert.deepEqual(front.events, ['upstream refused', 'upstream refused']);
  });

  test('an upstream that refuses the user, leaves, or is no broker', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...derek() });
    const ask = async (): Promise<readonly [MqttClient, MqttClient]> => {
      const client = await front.client();
      client.send(connect());
      const upstream = await scripted.next();
      await upstream.next();
      return [client, upstream];
    };
    const [first, refusing] = await ask();
    refusing.send(connack(4, 5));
    refusing.socket.end();
    assert.equal(hex(await first.end()), '20020005');
    const [second, leaving] = await ask();
    leaving.socket.end();
    assert.equal(hex(await second.end()), '20020003');
    const [third, other] = await ask();
    other.send(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    assert.equal(hex(await third.end()), '20020003');
    const [fourth, early] = await ask();
    early.send(PINGRESP);
    assert.equal(hex(await fourth.end()), '20020003');
    const told = ['credentials', 'reset', 'not-mqtt', 'not-mqtt'];
    assert.deepEqual(
      front.events,
      told.map((code) => `upstream ${code}`),
    );
  });
});

const METHOD = Buffer.concat([Buffer.from([0x15]), field('SCRAM')]);

function spread(text: string): string {
  const [first = '', body = ''] = text.split(' ');
  return hex(raw(Number.parseInt(first, 16), Buffer.from(body, 'hex')));
}

describe('permissions', needs('openssl'), () => {
  test('a message that may not be published ends a connection of 3.1.1', async (t) => {
    const { front, client, upstream } = await connected(t, permits({ allow: ['open/#'] }));
    const open = publish('open/1', 'x', { qos: 1 });
    client.send(open, publish('secret', 'x'), open);
    assert.equal(hex(await client.end()), '');
    assert.equal(hex(await upstream.end()), hex(open), 'no DISCONNECT: the will is published');
    assert.deepEqual(front.events, ['PUBLISH: publish "secret"']);
  });

  test('in MQTT 5 it is refused, and the connection stays', async (t) => {
    const setup = permits({ allow: ['open/#'] });
    const { front, client, upstream } = await connected(t, setup, { version: 5 });
    const message = (topic: string, qos: number, id: number): Buffer =>
      publish(topic, 'x'.repeat(30_000), { version: 5, qos, id });
    client.send(message('secret', 0, 0), message('secret', 1, 7), message('secret', 2, 8));
    assert.equal(await client.nextHex(), '40 000787');
    assert.equal(await client.nextHex(), '50 000887');
    client.send(message('open/1', 2, 9));
    assert.equal(await flushed(client, upstream), hex(message('open/1', 2, 9)));
    assert.equal(front.events.length, 3);
  });

  test('a will is a message like others', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const setup = permits({ allow: ['open/#'] });
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...setup });
    for (const [version, answer] of [
      [4, /^20020005$/],
      [5, /^20..0087/],
    ] as const) {
      const client = await front.client();
      client.send(connect({ version, will: { topic: 'secret' } }));
      assert.match(hex(await client.end()), answer);
      const other = await front.client();
      other.send(connect({ version, will: { topic: 'open/x' } }));
      assert.equal((await (await scripted.next()).next()).first, 0x10);
    }
    assert.deepEqual(front.events, ['WILL: publish "secret"', 'WILL: publish "secret"']);
  });

  test('a SUBSCRIBE goes on with what is granted, and its SUBACK is put together', async (t) => {
    for (const version of [4, 5] as const) {
      const refused = version === 4 ? 0x80 : 0x87;
      const setup = permits({}, { allow: ['open/#', 'more'] });
      const { front, client, upstream } = await connected(t, setup, { version });
      const pair = version === 4 ? [] : [Buffer.from([0x0b, 7])];
      client.send(
        subscribe(5, ['#', ['open/+', 1], '$share/g/secret', ['more', 2]], version, ...pair),
      );
      const { first, body } = await upstream.next();
      const rest = subscribe(
        5,
        [
          ['open/+', 1],
          ['more', 2],
        ],
        version,
        ...pair,
      );
      assert.equal(hex(raw(first, body)), hex(rest));
      const reason = version === 4 ? [] : [Buffer.concat([Buffer.from([0x1f]), field('well')])];
      upstream.send(
        suback(4, [0], version),
        suback(5, [1, 2], version, ...reason),
        suback(5, [0], version),
      );
      assert.equal(spread(await client.nextHex()), hex(suback(4, [0], version)));
      const merged = suback(5, [refused, 1, refused, 2], version, ...reason);
      assert.equal(spread(await client.nextHex()), hex(merged));
      assert.equal(spread(await client.nextHex()), hex(suback(5, [0], version)), 'of another one');
      assert.deepEqual(front.events, [
        'SUBSCRIBE: subscribe "#"',
        'SUBSCRIBE: subscribe "$share/g/secret"',
      ]);
    }
  });

  test('nothing goes on where nothing is granted, and all where all is', async (t) => {
    const { client, upstream } = await connected(t, permits({}, { deny: ['secret/#'] }));
    client.send(subscribe(5, ['secret', '#', 'a+']));
    assert.equal(await client.nextHex(), '90 0005808080');
    client.send(subscribe(6, ['a', 'b/#']), acknowledge(0xa2, 7, 0, 1, 0x61));
    const expected = hex(subscribe(6, ['a', 'b/#']), acknowledge(0xa2, 7, 0, 1, 0x61));
    assert.equal(await flushed(client, upstream), expected);
  });

  test('a packet identifier that is in use, and too many that are', async (t) => {
    const mixed = (id: number): Buffer => subscribe(id, ['open', 'secret'], 5);
    for (const ids of [[3, 3], Array.from({ length: 65 }, (_, index) => index + 1)]) {
      const setup = permits({}, { allow: ['open'] });
      const { client, upstream } = await connected(t, setup, { version: 5 });
      client.send(...ids.map(mixed));
      assert.equal(hex(await client.end()), 'e00182');
      const { packets } = splitPackets(await upstream.end());
      assert.equal(packets.length, ids.length - 1);
    }
  });

  test('answers of our own come between packets of the upstream', async (t) => {
    const setup = permits({ allow: [] }, { allow: ['a'] });
    const { client, upstream } = await connected(t, setup, { version: 5 });
    const long = publish('a', 'y'.repeat(50_000), { version: 5 });
    upstream.send(long.subarray(0, 20_000));
    await client.bytes(20_000);
    client.send(publish('b', '', { version: 5, qos: 1, id: 3 }), subscribe(4, ['b'], 5));
    assert.equal(await flushed(client, upstream), '');
    upstream.send(long.subarray(20_000), PINGRESP);
    const rest = long.subarray(20_000);
    assert.ok((await client.bytes(rest.length)).equals(rest));
    assert.equal(await client.nextHex(), '40 000387');
    assert.equal(await client.nextHex(), '90 00040087');
    assert.equal(await client.nextHex(), 'd0 ');
  });

  test('what the user may not receive is not delivered, and acknowledged in its place', async (t) => {
    for (const version of [4, 5] as const) {
      const aliases = version === 5 ? { properties: [Buffer.from([0x22, 0, 9])] } : {};
      const setup = permits({}, { allow: ['open/#'] });
      const { client, upstream } = await connected(t, setup, { version, ...aliases });
      const open = publish('open/1', 'x', { version, qos: 1, id: 9 });
      upstream.send(
        publish('secret', 'x', { version }),
        publish('secret', 'x', { version, qos: 1, id: 7 }),
      );
      upstream.send(publish('secret', 'x'.repeat(99_999), { version, qos: 2, id: 8 }), open);
      assert.equal(spread(await client.nextHex()), hex(open));
      assert.equal(await upstream.nextHex(), '40 0007');
      assert.equal(await upstream.nextHex(), '50 0008');
      upstream.send(acknowledge(0x62, 8), acknowledge(0x62, 9));
      assert.equal(await upstream.nextHex(), '70 0008');
      assert.equal(await client.nextHex(), '62 0009');
    }
  });

  test('the upstream is not asked for aliases that would hide topics', async (t) => {
    const scripted = await ScriptedBroker.start(t);
    const setup = permits({}, { allow: ['open/#'] });
    const front = await MqttFront.start(t, { upstreamPort: scripted.port, ...setup });
    const client = await front.client();
    const expiry = Buffer.from([0x11, 0, 0, 0, 9]);
    client.send(connect({ version: 5, properties: [Buffer.from([0x22, 0, 9]), expiry] }));
    const { first, body } = await (await scripted.next()).next();
    const rest = connect({ version: 5, user: DEREK, properties: [expiry] });
    assert.equal(hex(raw(first, body)), hex(rest));
  });

  test('acknowledgements of our own come between packets of the client', async (t) => {
    const { client, upstream } = await connected(t, permits({}, { allow: ['open/#'] }));
    const long = publish('a', 'y'.repeat(50_000));
    client.send(long.subarray(0, 20_000));
    await upstream.bytes(20_000);
    upstream.send(publish('secret', '', { qos: 1, id: 7 }), publish('open/1', ''));
    assert.equal((await client.next()).first, 0x30);
    client.send(long.subarray(20_000), PINGREQ);
    const rest = long.subarray(20_000);
    assert.ok((await upstream.bytes(rest.length)).equals(rest));
    assert.equal(await upstream.nextHex(), '40 0007');
    assert.equal(await upstream.nextHex(), 'c0 ');
  });
});

describe('the life of a connection', needs('openssl'), () => {
  test('much goes both ways and arrives as it was sent', async (t) => {
    for (const setup of [derek(), permits({ deny: ['no'] }, { deny: ['no'] })]) {
      const { client, upstream } = await connected(t, setup);
      const messages = Array.from({ length: 120 }, (_, index) =>
        publish(`t/${index % 7}`, Buffer.alloc((index * 997) % 40_000, index), {
          qos: index % 3,
          id: index + 1,
        }),
      );
      const all = Buffer.concat(messages);
      client.send(all);
      upstream.send(all);
      assert.ok((await upstream.bytes(all.length)).equals(all));
      assert.ok((await client.bytes(all.length)).equals(all));
    }
  });

  test('who reads slowly slows the other side down, and misses nothing', async (t) => {
    const { client, upstream } = await connected(t, permits({ deny: ['no'] }, { deny: ['no'] }));
    const message = publish('a', Buffer.alloc(100_000, 'x'));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      to.socket.removeAllListeners('data');
      to.socket.pause();
      for (let count = 0; count < 400; count += 1) from.send(message);
      await delay(300);
      assert.ok(from.socket.writableLength > 4_000_000, `${from.socket.writableLength} bytes wait`);
      const expected = 400 * message.length;
      let received = 0;
      await new Promise<void>((resolve, reject) => {
        to.socket.on('close', () => reject(new Error(`closed after ${received} bytes`)));
        to.socket.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received >= expected) resolve();
        });
        to.socket.resume();
      });
      assert.equal(received, expected);
    }
  });

  test('a client that says goodbye: the upstream hears it, and nothing after it', async (t) => {
    const { client, upstream } = await connected(t);
    client.send(publish('a', 'x'), DISCONNECT, publish('a', 'late'));
    client.socket.end();
    assert.equal(hex(await upstream.end()), hex(publish('a', 'x'), DISCONNECT));
  });

  test('a client that is cut off: the upstream hears no goodbye', async (t) => {
    const { client, upstream } = await connected(t);
    client.close();
    assert.equal(hex(await upstream.end()), '');
  });

  test('an upstream that leaves: all that it said reaches the client', async (t) => {
    const { client, upstream } = await connected(t);
    upstream.send(publish('a', 'last'));
    upstream.socket.end();
    assert.equal(hex(await client.end()), hex(publish('a', 'last')));
  });

  test('faults end it, in MQTT 5 with a word', async (t) => {
    for (const [version, sent, answer] of [
      [4, connect(), ''],
      [5, connect({ version: 5 }), 'e00182'],
      [4, raw(0xf0), ''],
      [5, raw(0xf0, [0x18, 0]), 'e00182'],
      [5, Buffer.from([0xff, 0]), 'e00181'],
      [5, publish('a', 'x'.repeat(3000), { version: 5 }), 'e00195'],
    ] as const) {
      const { client, upstream } = await connected(t, { limits: { maxPacket: 2000 } }, { version });
      client.send(PINGREQ, sent);
      assert.equal(hex(await client.end()), answer);
      assert.equal(hex(await upstream.end()), hex(PINGREQ));
    }
  });

  test('connections are ended one after the other when they have to go', async (t) => {
    const { front, client, upstream } = await connected(t, {}, { version: 5 });
    front.frontend.drain();
    assert.equal(hex(await client.end()), 'e0018b');
    assert.equal(hex(await upstream.end()), '');
    const { client: old, front: other } = await connected(t);
    other.frontend.drain();
    assert.equal(hex(await old.end()), '');
    const late = await other.client();
    late.send(connect({ version: 5 }));
    assert.match(hex(await late.end()), /^$|8b/);
  });

  test('a message that is on its way when the connection has to go arrives whole', async (t) => {
    const { front, client, upstream } = await connected(t, {}, { version: 5 });
    const long = publish('a', 'y'.repeat(50_000), { version: 5 });
    upstream.send(long.subarray(0, 20_000));
    await client.bytes(20_000);
    front.frontend.drain();
    setTimeout(() => upstream.send(long.subarray(20_000)), 400);
    const rest = await client.end();
    assert.ok(rest.equals(Buffer.concat([long.subarray(20_000), Buffer.from([0xe0, 1, 0x8b])])));
  });
});
