import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  alpn,
  handshakeRecords,
  helloMessage,
  sni,
  supportedVersions,
} from '../../test/support/client-hello-bytes.ts';
import { ClientHelloReader, type HelloResult, MAX_HELLO_BYTES } from './client-hello-reader.ts';

const message = helloMessage({
  sessionId: Buffer.alloc(32, 3),
  extensions: [sni('service.example'), alpn('h2'), supportedVersions(0x0304)],
});

/** Pushes the pieces until something is said; the last result if nothing is. */
function readAll(bytes: Iterable<Buffer>, reader = new ClientHelloReader()): HelloResult {
  let result: HelloResult = { kind: 'incomplete' };
  for (const piece of bytes) {
    result = reader.push(piece);
    if (result.kind !== 'incomplete') return result;
  }
  return result;
}

function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function sniOf(result: HelloResult): string | null {
  assert.equal(result.kind, 'hello', JSON.stringify(result));
  return result.kind === 'hello' ? result.hello.sni : null;
}

test('reads a hello in one piece without copying it', () => {
  const reader = new ClientHelloReader();
  const bytes = handshakeRecords(message);
  const result = reader.push(bytes);
  assert.equal(sniOf(result), 'service.example');
  assert.ok(result.kind === 'hello' && result.hello.sessionId.buffer === bytes.buffer);
  assert.equal(reader.bytes.buffer, bytes.buffer);
});

test('reads a hello whatever records and segments it comes in, and keeps every byte', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 300 }),
    fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
    fc.uint8Array({ maxLength: 50 }),
    (recordSize, sizes, extra) => {
      const bytes = Buffer.concat([handshakeRecords(message, recordSize), extra]);
      const reader = new ClientHelloReader();
      assert.equal(sniOf(readAll(pieces(bytes, sizes), reader)), 'service.example');
      assert.deepEqual(reader.bytes, bytes.subarray(0, reader.bytes.length));
    },
  );
  fc.assert(property, { numRuns: 300 });
});

test('says incomplete until the last byte', () => {
  const bytes = handshakeRecords(message, 100);
  const reader = new ClientHelloReader();
  for (let at = 0; at < bytes.length - 1; at += 1) {
    assert.equal(reader.push(bytes.subarray(at, at + 1)).kind, 'incomplete', `byte ${at}`);
  }
  assert.equal(sniOf(reader.push(bytes.subarray(bytes.length - 1))), 'service.example');
});

test('reads bytes that follow the record, such as early data, as no part of it', () => {
  const reader = new ClientHelloReader();
  const bytes = Buffer.concat([handshakeRecords(message), Buffer.from([23, 3, 3, 0, 1, 9])]);
  assert.equal(sniOf(reader.push(bytes)), 'service.example');
  assert.equal(reader.bytes.length, bytes.length);
});

test('takes a hello of almost 64 KiB and refuses a larger one', () => {
  const filled = (size: number) =>
    handshakeRecords(helloMessage({ extensions: [sni('a.b'), [0xffaa, Buffer.alloc(size)]] }));
  assert.equal(sniOf(readAll(pieces(filled(65_300), [1400]))), 'a.b');
  const over = readAll(pieces(filled(65_520), [1400]));
  assert.equal(over.kind, 'malformed');
});

test('refuses a message that says it is longer than 64 KiB at its first record', () => {
  const start = handshakeRecords(Buffer.from([1, 1, 0, 0, 3, 3]));
  assert.equal(new ClientHelloReader().push(start).kind, 'malformed');
});

test('never holds more than the bound, in records of one byte each', () => {
  const reader = new ClientHelloReader();
  const huge = handshakeRecords(
    Buffer.concat([Buffer.from([1, 0, 0xff, 0xff]), Buffer.alloc(65_535)]),
    1,
  );
  let pushed = 0;
  let result: HelloResult = { kind: 'incomplete' };
  for (const piece of pieces(huge, [1])) {
    result = reader.push(piece);
    pushed += 1;
    if (result.kind !== 'incomplete') break;
  }
  assert.equal(result.kind, 'malformed');
  assert.ok(pushed <= MAX_HELLO_BYTES, `${pushed} bytes`);
});

test('reads 64 KiB that come byte by byte in linear time', () => {
  const timeOf = (size: number): number => {
    const bytes = handshakeRecords(
      helloMessage({ extensions: [[0xffaa, Buffer.alloc(size)]] }),
      20,
    );
    const begun = process.cpuUsage();
    assert.equal(readAll(pieces(bytes, [1])).kind, 'hello');
    const { user } = process.cpuUsage(begun);
    return user;
  };
  timeOf(10_000);
  assert.ok(timeOf(50_000) < 200_000, 'microseconds');
});

const malformed: readonly (readonly [string, Buffer, number])[] = [
  ['an empty record', Buffer.from([22, 3, 1, 0, 0]), 10],
  ['a record over 16 KiB', Buffer.from([22, 3, 1, 0x40, 1]), 22],
  ['an alert first', Buffer.from([21, 3, 1, 0, 2, 2, 40]), 10],
  ['application data first', Buffer.from([23, 3, 3, 0, 2, 2, 40]), 10],
  ['another message first', handshakeRecords(Buffer.from([2, 0, 0, 1, 0])), 10],
  [
    'another record between two of the hello',
    Buffer.concat([handshakeRecords(message.subarray(0, 60)), Buffer.from([20, 3, 3, 0, 1, 1])]),
    10,
  ],
  [
    'a second record of another major version',
    Buffer.concat([handshakeRecords(message.subarray(0, 60)), Buffer.from([22, 2, 1, 0, 1, 1])]),
    70,
  ],
  [
    'a second message in the record of the hello',
    handshakeRecords(Buffer.concat([message, Buffer.from([11])])),
    10,
  ],
  ['a hello too short to be one', handshakeRecords(Buffer.from([1, 0, 0, 2, 3, 3])), 50],
];

for (const [name, bytes, alert] of malformed) {
  test(`refuses ${name}`, () => {
    const result = readAll(pieces(bytes, [1]));
    assert.equal(result.kind, 'malformed');
    if (result.kind === 'malformed') assert.equal(result.alert, alert, result.detail);
    assert.deepEqual(readAll([bytes]), result);
  });
}

test('refuses another record at its first byte, however the bytes are cut', () => {
  const begun = Buffer.concat([handshakeRecords(message.subarray(0, 60)), Buffer.from([20])]);
  assert.equal(readAll([begun]).kind, 'malformed');
  assert.deepEqual(readAll(pieces(begun, [1])), readAll([begun]));
});

test('tells what else is spoken on the port, also byte by byte', () => {
  const banner = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n');
  assert.deepEqual(readAll(pieces(banner, [1])), { kind: 'not-tls', protocol: 'ssh' });
  const get = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.deepEqual(readAll([get]), { kind: 'not-tls', protocol: 'http' });
  assert.deepEqual(readAll([Buffer.from([22, 9, 9])]), { kind: 'not-tls', protocol: 'unknown' });
});

test('survives any bytes, and says the same however they are cut', () => {
  const damaged = fc
    .tuple(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
    )
    .map(([size, edits]) => {
      const bytes = handshakeRecords(message, size);
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      return bytes;
    });
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    damaged,
  );
  const property = fc.property(anything, fc.integer({ min: 1, max: 9 }), (bytes, size) => {
    const whole = readAll([bytes]);
    const cut = readAll(pieces(bytes, [size]));
    assert.equal(cut.kind, whole.kind);
  });
  fc.assert(property, { numRuns: 1000 });
});
