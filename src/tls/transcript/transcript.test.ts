import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { handshakeRecords, helloMessage } from '../../../test/support/client-hello-bytes.ts';
import { outline } from '../../../test/support/probe.ts';
import {
  extension,
  keyShare,
  message,
  record,
  Sealer,
  serverHello,
  u16,
  vector,
} from '../../../test/support/tls-messages.ts';
import { type ConnectionSecrets, readKeyLog } from './key-log.ts';
import { MAX_ENTRIES, readTranscript, type Segment, type Side } from './transcript.ts';

const HANDSHAKE = 22;
const SECRETS = {
  SERVER_HANDSHAKE_TRAFFIC_SECRET: Buffer.alloc(32, 1),
  SERVER_TRAFFIC_SECRET_0: Buffer.alloc(32, 2),
  CLIENT_HANDSHAKE_TRAFFIC_SECRET: Buffer.alloc(32, 3),
  CLIENT_TRAFFIC_SECRET_0: Buffer.alloc(32, 4),
} as const;
const secrets: ConnectionSecrets = readKeyLog(
  Object.entries(SECRETS).map(([label, secret]) =>
    Buffer.from(`${label} ${'00'.repeat(32)} ${secret.toString('hex')}\n`),
  ),
);

const hello = handshakeRecords(
  helloMessage({
    extensions: [
      [43, Buffer.from([2, 3, 4])],
      [51, vector(2, keyShareEntry())],
    ],
  }),
);
const finished = message(20, Buffer.alloc(32, 8));

/** A handshake of TLS 1.3 that goes as it should, with `extra` server records at its end. */
function handshake(...extra: readonly Uint8Array[]): Segment[] {
  const server = new Sealer(SECRETS.SERVER_HANDSHAKE_TRAFFIC_SECRET);
  const client = new Sealer(SECRETS.CLIENT_HANDSHAKE_TRAFFIC_SECRET);
  const flight = Buffer.concat([
    message(8, vector(2, extension(16, vector(2, vector(1, Buffer.from('h2')))))),
    message(13, vector(1), vector(2, extension(13, vector(2, u16(0x0403))))),
    message(11, vector(1), vector(3, vector(3, Buffer.from('not a certificate')), vector(2))),
    message(15, u16(0x0403), vector(2, Buffer.alloc(70))),
    finished,
  ]);
  return [
    segment('client', hello),
    segment('server', record(HANDSHAKE, serverHello()), record(20, Buffer.from([1]))),
    // Messages and records needn't begin and end together.
    segment('server', server.seal(HANDSHAKE, flight.subarray(0, 50))),
    segment('server', server.seal(HANDSHAKE, flight.subarray(50), 7)),
    segment('client', record(20, Buffer.from([1]))),
    segment('client', client.seal(HANDSHAKE, message(11, vector(1), vector(3)))),
    segment('client', client.seal(HANDSHAKE, finished)),
    segment('server', ...extra),
  ];
}

const whole = [
  '> client-hello',
  '< server-hello',
  '< change-cipher-spec',
  '<* encrypted-extensions',
  '<* certificate-request',
  '<* certificate',
  '<* certificate-verify',
  '<* finished',
  '> change-cipher-spec',
  '>* certificate',
  '>* finished',
];

test('reads every message of TLS 1.3, whatever records they lie in', () => {
  const after = new Sealer(SECRETS.SERVER_TRAFFIC_SECRET_0);
  const segments = handshake(after.seal(21, Buffer.from([2, 116])));
  const { entries, roundTrips } = readTranscript(segments, secrets);
  assert.deepEqual(outline(entries), [...whole, '<* alert']);
  assert.equal(roundTrips, 1);
  assert.deepEqual(entries.at(-1)?.message, { kind: 'alert', fatal: true, description: 116 });
  const encrypted = entries.find(({ message: found }) => found.kind === 'encrypted-extensions');
  assert.deepEqual(encrypted?.message, { kind: 'encrypted-extensions', alpn: 'h2' });
});

test('reads the same from single bytes', () => {
  const segments = handshake();
  const bytes = segments.flatMap(({ from, atMs, bytes: all }) =>
    [...all].map((byte): Segment => ({ from, atMs, bytes: Buffer.from([byte]) })),
  );
  assert.deepEqual(readTranscript(bytes, secrets), readTranscript(segments, secrets));
});

test('follows a KeyUpdate', () => {
  const after = new Sealer(SECRETS.SERVER_TRAFFIC_SECRET_0);
  const next = new Sealer(updated(SECRETS.SERVER_TRAFFIC_SECRET_0));
  const { entries } = readTranscript(
    handshake(
      after.seal(HANDSHAKE, message(24, Buffer.from([0]))),
      next.seal(23, Buffer.from('hi')),
    ),
    secrets,
  );
  assert.deepEqual(outline(entries).slice(whole.length), ['<* key-update', '<* application-data']);
});

test('without the secrets, or with others, what is encrypted stays so', () => {
  const clear = ['> client-hello', '< server-hello', '< change-cipher-spec'];
  const sealed = ['<* encrypted', '<* encrypted', '> change-cipher-spec'];
  const expected = [...clear, ...sealed, '>* encrypted', '>* encrypted'];
  assert.deepEqual(outline(readTranscript(handshake()).entries), expected);
  const others = readKeyLog([
    Buffer.from(`SERVER_HANDSHAKE_TRAFFIC_SECRET 00 ${'77'.repeat(32)}\n`),
  ]);
  assert.deepEqual(outline(readTranscript(handshake(), others).entries), expected);
});

test('what is broken ends the reading of its side, and not of the other', () => {
  const broken = [
    [record(HANDSHAKE, message(2, Buffer.alloc(5))), 'it ends too early'],
    [
      record(HANDSHAKE, Buffer.from([2, 0xff, 0xff, 0xff])),
      'a handshake message of 16777219 bytes',
    ],
    [record(21, Buffer.from([2])), 'an alert has a wrong length'],
    [record(HANDSHAKE, message(11, vector(3, Buffer.from([0, 0, 9])))), 'it ends too early'],
  ] as const;
  for (const [bytes, detail] of broken) {
    const { entries } = readTranscript([
      segment('server', bytes, record(HANDSHAKE, serverHello())),
      segment('client', hello),
    ]);
    assert.deepEqual(entries[0]?.message, { kind: 'malformed', detail });
    assert.deepEqual(outline(entries).slice(1), ['> client-hello']);
  }
});

test('bytes that are no record, and a record that is cut, are said to be so', () => {
  for (const text of [
    'HTTP/1.1 400 Bad Request\r\n',
    '\x16\x02\x00',
    '\x18\x03\x03',
    '\x16\x03\x03\xff\xff',
  ]) {
    const { entries } = readTranscript([segment('server', Buffer.from(text, 'latin1'))]);
    assert.deepEqual(outline(entries), ['< foreign'], JSON.stringify(text));
  }
  const { entries } = readTranscript([segment('server', hello.subarray(0, 20))]);
  assert.deepEqual(outline(entries), ['< unfinished']);
  assert.equal(entries[0]?.bytes, 20);
});

test('the number of entries is bounded', () => {
  const alerts = Buffer.concat(Array.from({ length: 3000 }, () => record(21, Buffer.from([1, 0]))));
  assert.equal(readTranscript([segment('server', alerts)]).entries.length, MAX_ENTRIES);
});

function segment(from: Side, ...bytes: readonly Uint8Array[]): Segment {
  return { from, atMs: 1, bytes: Buffer.concat(bytes) };
}

function keyShareEntry(): Buffer {
  return keyShare(0x001d).subarray(4);
}

/** The next traffic secret (RFC 8446, section 7.2), written out for SHA-256. */
function updated(secret: Uint8Array): Buffer {
  const info = Buffer.concat([u16(32), vector(1, Buffer.from('tls13 traffic upd')), vector(1)]);
  return createHmac('sha256', secret).update(info).update('\x01').digest();
}
