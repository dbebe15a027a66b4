import assert from 'node:assert/strict';
import { type ClientFault, ClientReader } from '../../../src/frontends/mqtt/wire/client-reader.ts';
import { connectPacket, readConnect } from '../../../src/frontends/mqtt/wire/connect.ts';
import { findConnect } from '../../../src/frontends/mqtt/wire/first-packet.ts';
import {
  mergedSuback,
  readSuback,
  subscribePacket,
} from '../../../src/frontends/mqtt/wire/subscribe.ts';
import { UpstreamReader } from '../../../src/frontends/mqtt/wire/upstream-reader.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import {
  acknowledge,
  connack,
  connect,
  DISCONNECT,
  field,
  PINGREQ,
  PINGRESP,
  publish,
  raw,
  splitPackets,
  suback,
  subscribe,
  topicOf,
  type Version,
} from '../../support/mqtt-packets.ts';

const MAX_PACKET = 3000;
const MAX_HELD = 600;

const TOKENS = [
  connect(),
  connect({ version: 5 }),
  publish('secret', 'x'),
  publish('secret', 'x', { version: 5, alias: 1 }),
  publish('', 'x', { version: 5, alias: 1 }),
  publish('open', '', { qos: 1 }),
  subscribe(1, ['secret']),
  subscribe(2, ['open', 'secret'], 5),
  suback(2, [0, 1]),
  acknowledge(0x62, 7),
  PINGREQ,
  PINGRESP,
  DISCONNECT,
  field('secret'),
  field('$share/g/secret'),
  Buffer.from([0x80, 0x00]),
  Buffer.from([0xff, 0xff, 0xff, 0x7f]),
  Buffer.from([0x23, 0, 1]),
  Buffer.from([0x26, 0, 0, 0, 0]),
  Buffer.from([0xc0, 0xaf]),
  Buffer.from([0]),
];

/** A CONNECT: what is read is all of it, and what is written is read the same with another user. */
const mqttConnectTarget: FuzzTarget = {
  name: 'MQTT CONNECT',
  corpus: [
    connect(),
    connect({ user: 'u', password: 'p', will: { topic: 't', payload: 'x', qos: 2, retain: true } }),
    connect({ version: 5, clean: false, keepAlive: 0 }),
    connect({
      version: 5,
      properties: [Buffer.from([0x11, 0, 0, 0, 1]), Buffer.from([0x22, 0, 9])],
      will: { topic: 'a/b' },
      willProperties: [
        Buffer.from([0x18, 0, 0, 0, 1]),
        Buffer.concat([Buffer.from([3]), field('t')]),
      ],
    }),
  ],
  tokens: TOKENS,
  longest: 4000,
  check(input) {
    const found = findConnect(input, MAX_PACKET);
    if (found.kind !== 'connect') return false;
    assert.ok(found.to <= input.length && found.to - found.from <= MAX_PACKET);
    const body = input.subarray(found.from, found.to);
    const result = readConnect(body);
    if (result.kind !== 'connect') return false;
    const [same] = splitPackets(connectPacket(result.connect, result.connect)).packets;
    assert.deepEqual(same?.body, body, 'not all of it was read, or something in two ways');
    const derek = { user: Buffer.from('derek'), password: null };
    const [rewritten] = splitPackets(connectPacket(result.connect, derek)).packets;
    const again = readConnect(rewritten?.body ?? Buffer.alloc(0));
    assert.equal(again.kind, 'connect');
    assert.deepEqual(again.connect, { ...result.connect, ...derek });
    return true;
  },
};

/**
 * What a client sends after it. However it is cut the same is passed on: packets that were sent, in
 * their order, and none that is refused or comes after a fault.
 */
function clientTarget(version: Version): FuzzTarget {
  const message = (topic: string, qos = 0): Buffer => publish(topic, 'hello', { version, qos });
  return {
    name: `MQTT client packets, version ${version}`,
    corpus: [
      Buffer.concat([message('open'), message('open', 1), message('a/b', 2), PINGREQ]),
      Buffer.concat([
        subscribe(1, ['open/#', 'a'], version),
        subscribe(2, ['secret', 'a'], version),
      ]),
      Buffer.concat([
        acknowledge(0x40, 1),
        acknowledge(0x62, 2),
        raw(0xa2, [0, 9], version === 5 ? [0] : [], field('a')),
      ]),
      Buffer.concat([publish('open', 'x'.repeat(300), { version }), PINGREQ, DISCONNECT, PINGREQ]),
      ...(version === 4
        ? []
        : [
            Buffer.concat([
              publish('open', 'x', { version, alias: 1 }),
              publish('', 'x', { version, alias: 1 }),
              publish('secret', 'x', { version, alias: 1 }),
              publish('', 'x', { version, alias: 1, qos: 1 }),
            ]),
          ]),
    ],
    tokens: TOKENS,
    longest: 8000,
    // It is read up to four times, at times byte by byte.
    microsecondsPerByte: 10,
    check(input, random) {
      for (const asks of [true, false]) {
        const whole = readClient([input], version, asks);
        const inPieces = readClient(random.cut(input), version, asks);
        assert.deepEqual(inPieces, whole, 'it depends on the cuts');
        const { packets } = splitPackets(whole.passed);
        const sent = splitPackets(input).packets.map(({ first, body }) => raw(first, body));
        let at = -1;
        for (const { first, body } of packets) {
          assert.notEqual(first, 0x10, 'a second CONNECT');
          const one = raw(first, body);
          const isPart = first === 0x82 && asks;
          if (isPart) assert.ok(!body.includes('secret'), 'a refused subscription');
          else {
            at += 1;
            while (at < sent.length && sent[at]?.compare(one) !== 0) at += 1;
            assert.ok(at < sent.length, 'passed on what was not sent');
          }
          if (asks && first >> 4 === 3) {
            assert.ok(!topicOf({ first, body }).startsWith('secret'), 'a refused message');
          }
        }
        if (whole.fault !== null && asks) return false;
      }
      return true;
    },
  };
}

const mqttClientTargets: readonly FuzzTarget[] = [clientTarget(4), clientTarget(5)];

interface ClientReading {
  readonly passed: Buffer;
  readonly fault: ClientFault | null;
  readonly refused: readonly string[];
}

function readClient(pieces: Iterable<Buffer>, version: Version, asks: boolean): ClientReading {
  const passed: Buffer[] = [];
  const refused: string[] = [];
  const reader = new ClientReader(
    {
      toUpstream: (bytes) => passed.push(Buffer.from(bytes)),
      mayPublish: (bytes, from, to) => !bytes.toString('latin1', from, to).startsWith('secret'),
      publishRefused: (qos, id) => refused.push(`${qos} ${id}`),
      subscribe(request) {
        const { filters } = request;
        const allowed = filters.filter(({ filter }) => !filter.includes('secret'));
        if (allowed.length === filters.length) return 'passes';
        refused.push(String(request.id));
        // As the connection does it: properties may hold what they like.
        const rest = { ...request, properties: Buffer.alloc(version === 5 ? 1 : 0) };
        if (allowed.length > 0) passed.push(subscribePacket(rest, allowed));
        return 'handled';
      },
      clientPacketEnded: () => {},
    },
    {
      level: version,
      asksPublish: asks,
      asksSubscribe: asks,
      takesAuth: false,
      maxPacket: MAX_PACKET,
      maxHeld: MAX_HELD,
    },
  );
  let fault: ClientFault | null = null;
  for (const piece of pieces) {
    fault = reader.push(piece);
    if (fault !== null) break;
  }
  return { passed: wholePackets(Buffer.concat(passed)), fault, refused };
}

/** Without the start of a packet whose end never came: how much of it passes depends on the cuts. */
function wholePackets(bytes: Buffer): Buffer {
  const { rest } = splitPackets(bytes);
  return bytes.subarray(0, bytes.length - rest.length);
}

/** What an upstream sends: cut in any way it is the same, without what is filtered. */
function upstreamTarget(version: Version): FuzzTarget {
  const message = (topic: string, qos: number): Buffer =>
    publish(topic, 'hello', { version, qos, id: 7 });
  return {
    name: `MQTT upstream packets, version ${version}`,
    corpus: [
      Buffer.concat([connack(version), message('open', 0), message('secret', 1), PINGRESP]),
      Buffer.concat([
        connack(version),
        message('secret', 2),
        acknowledge(0x62, 7),
        acknowledge(0x62, 8),
      ]),
      Buffer.concat([connack(version), suback(1, [0], version), suback(2, [0, 1], version)]),
      Buffer.concat([
        connack(version),
        message('open', 1),
        publish('open', 'x'.repeat(2000), { version }),
      ]),
    ],
    tokens: TOKENS,
    longest: 8000,
    // It is read up to four times, at times byte by byte.
    microsecondsPerByte: 10,
    check(input, random) {
      const whole = readUpstream([input], version);
      const inPieces = readUpstream(random.cut(input), version);
      assert.deepEqual(inPieces, whole, 'it depends on the cuts');
      const { packets } = splitPackets(whole.passed);
      for (const one of packets) {
        assert.ok(one.first >> 4 !== 3 || !topicOf(one).startsWith('secret'), 'a filtered message');
      }
      assert.ok(packets.length === 0 || packets[0]?.first === 0x20 || packets[0]?.first === 0xf0);
      return whole.isMqtt;
    },
  };
}

const mqttUpstreamTargets: readonly FuzzTarget[] = [upstreamTarget(4), upstreamTarget(5)];

interface UpstreamReading {
  readonly passed: Buffer;
  readonly isMqtt: boolean;
  readonly told: readonly string[];
}

function readUpstream(pieces: Iterable<Buffer>, version: Version): UpstreamReading {
  const passed: Buffer[] = [];
  const told: string[] = [];
  const reader = new UpstreamReader(
    {
      toClient: (bytes) => passed.push(Buffer.from(bytes)),
      connack: (reason) => told.push(`connack ${reason}`),
      suback(body) {
        const read = readSuback(body, version);
        const merged = read?.id === 2 ? mergedSuback(read, [null, 0x80, null]) : null;
        if (read === null || read.id !== 2) return read === null ? null : true;
        if (merged === null) return null;
        passed.push(merged);
        return false;
      },
      mayDeliver: (bytes, from, to) => !bytes.toString('latin1', from, to).startsWith('secret'),
      deliveryRefused: (qos, id) => told.push(`${qos} ${id}`),
      released: (id) => id === 7,
      upstreamPacketEnded: () => {},
    },
    { level: version, asksDeliver: true },
  );
  reader.takesSubacks = true;
  let isMqtt = true;
  for (const piece of pieces) {
    isMqtt = reader.push(piece);
    if (!isMqtt) break;
  }
  return { passed: wholePackets(Buffer.concat(passed)), isMqtt, told };
}

export const mqttTargets: readonly FuzzTarget[] = [
  mqttConnectTarget,
  ...mqttClientTargets,
  ...mqttUpstreamTargets,
];
