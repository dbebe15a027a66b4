import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  connect,
  type ConnectFields,
  field,
  raw,
  splitPackets,
} from '../../../../test/support/mqtt-packets.ts';
import { type Connect, connectPacket, readConnect, withoutProperty } from './connect.ts';
import { PROPERTY } from './properties.ts';

function bodyOf(packet: Buffer): Buffer {
  return splitPackets(packet).packets[0]?.body ?? Buffer.alloc(0);
}

function read(fields: ConnectFields): Connect {
  const result = readConnect(bodyOf(connect(fields)));
  assert.equal(result.kind, 'connect');
  return result.connect;
}

function kindOf(body: Buffer): string {
  const result = readConnect(body);
  return result.kind === 'malformed' ? `malformed ${result.level}` : result.kind;
}

const SESSION_EXPIRY = Buffer.from([0x11, 0, 0, 0, 9]);
const ALIASES = Buffer.from([0x22, 0, 5]);
const PAIR = Buffer.concat([Buffer.from([0x26]), field('k'), field('v')]);
const METHOD = Buffer.concat([Buffer.from([0x15]), field('SCRAM')]);
const DATA = Buffer.concat([Buffer.from([0x16]), field('xyz')]);

const fields = fc.record(
  {
    version: fc.constantFrom(4 as const, 5 as const),
    clientId: fc.string({ unit: fc.constantFrom('a', 'é', '😀', '/'), maxLength: 30 }),
    user: fc.string({ unit: fc.constantFrom('a', 'ß', '\t'), maxLength: 10 }),
    clean: fc.boolean(),
    keepAlive: fc.integer({ min: 0, max: 65_535 }),
    will: fc.record({
      topic: fc.string({ unit: fc.constantFrom('a', '/', '$'), minLength: 1, maxLength: 10 }),
      payload: fc.string({ maxLength: 200 }),
      qos: fc.integer({ min: 0, max: 2 }),
      retain: fc.boolean(),
    }),
    properties: fc.constantFrom(
      [],
      [SESSION_EXPIRY],
      [PAIR, SESSION_EXPIRY, PAIR, ALIASES],
      [DATA, METHOD],
    ),
    willProperties: fc.constantFrom(
      [],
      [PAIR],
      [Buffer.from([0x18, 0, 0, 0, 1]), Buffer.from([1, 1])],
    ),
  },
  { requiredKeys: ['version'] },
);

describe('CONNECT', () => {
  test('what is read and written under the same name is the same', () => {
    fc.assert(
      fc.property(
        fields,
        fc.option(fc.string({ maxLength: 8 }), { nil: undefined }),
        (some, password) => {
          const wanted: ConnectFields =
            password === undefined || some.user === undefined ? some : { ...some, password };
          const packet = connect(wanted);
          const result = readConnect(bodyOf(packet));
          assert.equal(result.kind, 'connect');
          assert.deepEqual(connectPacket(result.connect, result.connect), packet);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('another user takes the place of the one that was sent, and all else stays', () => {
    fc.assert(
      fc.property(fields, (some) => {
        const other = { user: Buffer.from('derek'), password: Buffer.from([0, 255]) };
        const expected = connect({ ...some, user: 'derek', password: other.password });
        assert.deepEqual(
          connectPacket(read({ ...some, user: 'evil', password: 'x' }), other),
          expected,
        );
        const { user: _user, ...rest } = some;
        const nobody = { user: null, password: null };
        assert.deepEqual(
          connectPacket(read({ ...some, user: 'evil', password: 'x' }), nobody),
          connect(rest),
        );
      }),
    );
  });

  test('a property can be left out', () => {
    const whole = { version: 5, properties: [PAIR, ALIASES, SESSION_EXPIRY] } as const;
    const rest = { version: 5, properties: [PAIR, SESSION_EXPIRY] } as const;
    const less = withoutProperty(read(whole), PROPERTY.topicAliasMaximum);
    assert.deepEqual(connectPacket(less, less), connect(rest));
    assert.equal(
      withoutProperty(read(rest), PROPERTY.topicAliasMaximum).properties?.bytes.length,
      12,
    );
  });

  test('no part of one is one, and nothing may follow it', () => {
    const password = { user: 'u', password: 'p' };
    const will = { topic: 't', payload: 'gone' };
    for (const version of [4, 5] as const) {
      const body = bodyOf(
        connect({ version, will, properties: [SESSION_EXPIRY, PAIR], ...password }),
      );
      for (let length = 0; length < body.length; length += 1) {
        assert.match(kindOf(body.subarray(0, length)), /^malformed/, `${length} bytes`);
      }
      assert.equal(kindOf(Buffer.concat([body, Buffer.from([0])])), `malformed ${version}`);
    }
  });

  test('other versions are told from what is none', () => {
    const start = (name: string, level: number): Buffer =>
      Buffer.concat([field(name), Buffer.from([level, 2, 0, 60]), field('c')]);
    assert.equal(kindOf(start('MQIsdp', 3)), 'version');
    assert.equal(kindOf(start('MQTT', 3)), 'version');
    assert.equal(kindOf(start('MQTT', 6)), 'version');
    assert.equal(kindOf(start('MQTT', 0x84)), 'version', "mosquitto's bridges");
    assert.equal(kindOf(start('mqtt', 4)), 'malformed null');
    assert.equal(kindOf(start('HTTP', 4)), 'malformed null');
  });

  for (const [what, packet] of Object.entries({
    'a reserved flag': withFlags(4, 0x03),
    'a will QoS without a will': withFlags(4, 0x0a),
    'a retained will without a will': withFlags(4, 0x22),
    'a will of QoS 3': raw(0x10, field('MQTT'), [4, 0x1e, 0, 0], field('c'), field('t'), field('')),
    'a password without a user in 3.1.1': raw(
      0x10,
      field('MQTT'),
      [4, 0x42, 0, 0],
      field('c'),
      field('p'),
    ),
    'a will without a topic': connect({ will: { topic: '' } }),
    'a will for a filter': connect({ will: { topic: 'a/+' } }),
    'a client identifier that is no UTF-8': raw(
      0x10,
      field('MQTT'),
      [4, 2, 0, 0],
      field(Buffer.from([0xc3])),
    ),
    'an overlong form': raw(0x10, field('MQTT'), [4, 2, 0, 0], field(Buffer.from([0xc0, 0xaf]))),
    'a surrogate': raw(0x10, field('MQTT'), [4, 2, 0, 0], field(Buffer.from([0xed, 0xa0, 0x80]))),
    'a NUL in the user': connect({ user: 'admin\0x' }),
    'a NUL in the client identifier': connect({ clientId: '\0' }),
    'a property twice': connect({ version: 5, properties: [ALIASES, ALIASES] }),
    'a property that CONNECT has not': connect({
      version: 5,
      properties: [Buffer.from([0x23, 0, 1])],
    }),
    'a property that nothing has': connect({ version: 5, properties: [Buffer.from([0x7f, 0])] }),
    'no packets to be received': connect({ version: 5, properties: [Buffer.from([0x21, 0, 0])] }),
    'packets of no size': connect({ version: 5, properties: [Buffer.from([0x27, 0, 0, 0, 0])] }),
    'a flag that is two': connect({ version: 5, properties: [Buffer.from([0x17, 2])] }),
    'data without a method': connect({ version: 5, properties: [DATA] }),
    'a property cut short': raw(0x10, field('MQTT'), [5, 2, 0, 0, 2, 0x11, 0], field('c')),
    'a delay outside a will': connect({
      version: 5,
      properties: [Buffer.from([0x18, 0, 0, 0, 1])],
    }),
    'an alias in a will': connect({
      version: 5,
      will: { topic: 't' },
      willProperties: [Buffer.from([0x23, 0, 1])],
    }),
    'a response topic with a wildcard': connect({
      version: 5,
      will: { topic: 't' },
      willProperties: [Buffer.concat([Buffer.from([8]), field('a/#')])],
    }),
  })) {
    test(`${what} is malformed`, () => assert.match(kindOf(bodyOf(packet)), /^malformed [45]$/));
  }
});

function withFlags(level: number, flags: number): Buffer {
  return raw(0x10, field('MQTT'), [level, flags, 0, 60], field('c'));
}
