import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  acknowledge,
  connect,
  DISCONNECT,
  field,
  PINGREQ,
  publish,
  raw,
  splitPackets,
  subscribe,
  type Version,
} from '../../../../test/support/mqtt-packets.ts';
import { type ClientFault, ClientReader, type ClientReaderRules } from './client-reader.ts';

interface Reading {
  readonly passed: Buffer;
  readonly fault: ClientFault | null;
  /** Refused messages as QoS and packet identifier, and SUBSCRIBEs as their filters. */
  readonly told: readonly string[];
}

function rulesFor(version: Version, change: Partial<ClientReaderRules> = {}): ClientReaderRules {
  const asks = { asksPublish: true, asksSubscribe: true, takesAuth: false };
  return { level: version, ...asks, maxPacket: 1000, maxHeld: 500, ...change };
}

function readPieces(pieces: Iterable<Buffer>, rules: ClientReaderRules): Reading {
  const passed: Buffer[] = [];
  const told: string[] = [];
  const reader = new ClientReader(
    {
      toUpstream: (bytes) => passed.push(Buffer.from(bytes)),
      mayPublish: (bytes, from, to) => !bytes.toString('latin1', from, to).startsWith('secret'),
      publishRefused: (qos, id) => told.push(`${qos}:${id}`),
      subscribe: ({ filters }) => {
        told.push(filters.map(({ filter }) => filter.toString()).join(' '));
        return filters.some(({ filter }) => filter.toString().startsWith('secret'))
          ? 'handled'
          : 'passes';
      },
      clientPacketEnded: () => {},
    },
    rules,
  );
  let fault: ClientFault | null = null;
  for (const piece of pieces) {
    fault = reader.push(piece);
    if (fault !== null) break;
  }
  return { passed: Buffer.concat(passed), fault, told };
}

function read(bytes: Buffer, version: Version, change: Partial<ClientReaderRules> = {}): Reading {
  return readPieces([bytes], rulesFor(version, change));
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const packetOf = (version: Version) =>
  fc.oneof(
    fc
      .record({
        topic: fc.constantFrom('a', 'open/1', 'secret', 'secret/x', 'größe'),
        size: fc.constantFrom(0, 1, 100, 127, 128, 400),
        qos: fc.integer({ min: 0, max: 2 }),
        id: fc.integer({ min: 1, max: 65_535 }),
        alias: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      })
      .map(({ topic, size, qos, id, alias }) =>
        publish(topic, 'x'.repeat(size), {
          version,
          qos,
          id,
          ...(version === 4 || alias === undefined ? {} : { alias }),
        }),
      ),
    fc.constantFrom(PINGREQ, acknowledge(0x40, 7), acknowledge(0x62, 7)),
    fc
      .array(fc.constantFrom('a/#', 'open/+', 'secret', 'secret/#'), { minLength: 1, maxLength: 3 })
      .map((filters) => subscribe(9, filters, version)),
  );

describe('what a client sends', () => {
  for (const version of [4, 5] as const) {
    test(`packets pass or not however they are cut, in version ${version}`, () => {
      fc.assert(
        fc.property(
          fc.array(packetOf(version), { maxLength: 12 }),
          fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
          (packets, sizes) => {
            const bytes = Buffer.concat(packets);
            const rules = rulesFor(version);
            const whole = readPieces([bytes], rules);
            assert.deepEqual(readPieces(cut(bytes, sizes), rules), whole);
            const isSecret = (packet: Buffer): boolean => packet.includes('secret');
            const stop =
              version === 4 ? packets.findIndex((one) => isSecret(one) && one[0] !== 0x82) : -1;
            const taken = stop === -1 ? packets : packets.slice(0, stop);
            const allowed = taken.filter((one) => !isSecret(one));
            assert.deepEqual(whole.passed, Buffer.concat(allowed));
            assert.equal(whole.fault, stop === -1 ? null : 'not-authorized');
          },
        ),
        { numRuns: 300 },
      );
    });
  }

  test('without permissions nothing is read but where packets end', () => {
    const bytes = Buffer.concat([
      publish('secret', 'x'.repeat(500)),
      raw(0x82, [0, 0, 9]),
      publish('a/+', ''),
      PINGREQ,
    ]);
    for (const sizes of [[bytes.length], [1], [3, 1, 200]]) {
      const rules = rulesFor(4, { asksPublish: false, asksSubscribe: false });
      const reading = readPieces(cut(bytes, sizes), rules);
      assert.deepEqual(reading, { passed: bytes, fault: null, told: [] });
    }
  });

  test('a second CONNECT is refused with permissions and without', () => {
    for (const asks of [true, false]) {
      const rules = { asksPublish: asks, asksSubscribe: asks };
      const bytes = Buffer.concat([PINGREQ, connect({ user: 'other' }), PINGREQ]);
      const reading = read(bytes, 4, rules);
      assert.deepEqual([reading.passed, reading.fault], [PINGREQ, 'protocol-error']);
    }
  });

  test('what no client sends', () => {
    for (const first of [
      0x00, 0x11, 0x20, 0x36, 0x38, 0x41, 0x60, 0x80, 0x90, 0xa0, 0xb0, 0xc1, 0xd0, 0xe1, 0xf0,
    ]) {
      assert.equal(read(raw(first, [0, 1]), 4).fault, 'malformed', first.toString(16));
    }
    assert.equal(read(raw(0xf0), 5).fault, 'protocol-error');
    assert.equal(read(raw(0xf0), 5, { takesAuth: true }).fault, null);
    assert.equal(read(Buffer.from('GET / HTTP/1.1\r\n\r\n'), 4).fault, 'malformed');
    assert.equal(read(Buffer.from([0xc0, 0x80, 0x00]), 4).fault, 'malformed');
    assert.equal(read(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]), 4).fault, 'malformed');
  });

  test('after DISCONNECT nothing is read', () => {
    const expiry = raw(0xe0, [0, 5, 0x11, 0, 0, 0, 9]);
    for (const [last, version] of [
      [DISCONNECT, 4],
      [DISCONNECT, 5],
      [expiry, 5],
    ] as const) {
      const bytes = Buffer.concat([PINGREQ, last, publish('a'), connect()]);
      for (const sizes of [[bytes.length], [1]]) {
        const { passed, fault } = readPieces(cut(bytes, sizes), rulesFor(version));
        assert.deepEqual([passed, fault], [Buffer.concat([PINGREQ, last]), null]);
      }
    }
    assert.equal(read(expiry, 4).fault, 'malformed');
  });

  test('bounds hold before what exceeds them has come', () => {
    const large = publish('a', 'x'.repeat(2000)).subarray(0, 4);
    assert.equal(read(large, 4).fault, 'too-large');
    assert.equal(read(large, 4, { asksPublish: false }).fault, 'too-large');
    const filters = subscribe(
      1,
      Array.from({ length: 90 }, () => 'abcd'),
    ).subarray(0, 4);
    assert.equal(read(filters, 4).fault, 'too-large');
    assert.equal(read(publish('a'.repeat(600)).subarray(0, 6), 4).fault, 'too-large');
    const pairs = Array.from({ length: 60 }, () =>
      Buffer.concat([Buffer.from([0x26]), field('abc'), field('abc')]),
    );
    const message = publish('a', '', { version: 5, properties: pairs });
    assert.equal(read(message.subarray(0, 10), 5).fault, 'too-large');
  });

  test('topics that are none are malformed', () => {
    for (const topic of ['', 'a/+', '#', 'a\0']) {
      assert.equal(read(publish(topic), 4).fault, 'malformed', topic);
    }
    const wrong = raw(0x30, field(Buffer.from([0x61, 0xff])));
    assert.equal(read(wrong, 4).fault, 'malformed');
    assert.equal(read(publish('a', '', { qos: 1, id: 0 }), 4).fault, 'malformed');
    assert.equal(read(raw(0x30, [0, 9, 0x61]), 4).fault, 'malformed', 'longer than the packet');
  });

  test('SUBSCRIBE is read to the letter', () => {
    for (const [packet, version] of [
      [subscribe(0, ['a']), 4],
      [subscribe(1, []), 4],
      [subscribe(1, ['']), 4],
      [subscribe(1, [['a', 3]]), 4],
      [subscribe(1, [['a', 4]]), 4],
      [subscribe(1, [['a', 0x30]], 5), 5],
      [subscribe(1, [['a', 0x40]], 5), 5],
      [subscribe(1, ['a\0']), 4],
      [raw(0x82, [0, 1], field('a')), 4],
      [subscribe(1, ['a'], 5, Buffer.from([0x0b, 0])), 5],
    ] as const) {
      assert.equal(read(packet, version).fault, 'malformed', packet.toString('hex'));
    }
    const right = subscribe(1, [['a', 0x2e]], 5, Buffer.from([0x0b, 0x80, 0x01]));
    assert.deepEqual(read(right, 5).passed, right);
  });

  test('an alias stands for the topic that it was given for', () => {
    const open = publish('open', 'x', { version: 5, alias: 1 });
    const secret = publish('secret', 'x', { version: 5, alias: 2, qos: 1, id: 5 });
    const first = publish('', 'y', { version: 5, alias: 1 });
    const second = publish('', 'y', { version: 5, alias: 2, qos: 2, id: 6 });
    const reading = read(Buffer.concat([open, secret, first, second]), 5);
    assert.deepEqual(reading, {
      passed: Buffer.concat([open, first]),
      fault: null,
      told: ['1:5', '2:6'],
    });
    // The upstream still knows the alias by its first topic: it must not be used by it.
    const turned = publish('secret', 'x', { version: 5, alias: 1 });
    assert.deepEqual(read(Buffer.concat([open, turned, first]), 5).passed, open);
    assert.deepEqual(
      read(Buffer.concat([secret, publish('a', '', { version: 5, alias: 2 }), second]), 5).told,
      ['1:5'],
    );
  });

  test('an alias that stands for nothing, or for too much', () => {
    assert.equal(read(publish('', 'y', { version: 5, alias: 65_535 }), 5).fault, 'protocol-error');
    assert.equal(read(publish('', 'y', { version: 5 }), 5).fault, 'malformed');
    assert.equal(read(publish('a', 'y', { version: 5, alias: 0 }), 5).fault, 'malformed');
    const last = publish('a', '', { version: 5, alias: 65_535 });
    const again = publish('', '', { version: 5, alias: 65_535 });
    assert.equal(read(Buffer.concat([last, again]), 5).fault, null);
  });

  test('it tells when the packet under way has ended, and only then', () => {
    const order: string[] = [];
    const reader: ClientReader = new ClientReader(
      {
        toUpstream: (bytes) => order.push(`${bytes.length} bytes`),
        mayPublish: () => true,
        publishRefused: () => {},
        subscribe: () => 'passes',
        clientPacketEnded: () => order.push(`ended, between ${reader.isBetweenPackets}`),
      },
      rulesFor(4),
    );
    const packet = publish('a', 'x'.repeat(100));
    reader.push(packet.subarray(0, 50));
    assert.ok(!reader.isBetweenPackets);
    reader.tellsEnd = true;
    reader.push(packet.subarray(50, 60));
    reader.push(Buffer.concat([packet.subarray(60), packet]));
    assert.deepEqual(order, [
      '50 bytes',
      '10 bytes',
      '45 bytes',
      'ended, between true',
      '105 bytes',
    ]);
    assert.ok(splitPackets(packet).rest.length === 0 && reader.isBetweenPackets);
  });
});
