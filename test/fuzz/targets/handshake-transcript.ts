import assert from 'node:assert/strict';
import { messageDetails, messageName } from '../../../src/cli/connect/message-text.ts';
import { readHandshakeMessage } from '../../../src/tls/transcript/handshake-message.ts';
import { readKeyLog } from '../../../src/tls/transcript/key-log.ts';
import {
  MAX_ENTRIES,
  readTranscript,
  type Segment,
  type TranscriptEntry,
} from '../../../src/tls/transcript/transcript.ts';
import { alpn, helloMessage, sni, supportedVersions } from '../../support/client-hello-bytes.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import {
  extension,
  keyShare,
  message,
  record,
  Sealer,
  serverHello,
  u16,
  vector,
} from '../../support/tls-messages.ts';
import { corpusOf } from './corpus.ts';

const [certificate] = corpusOf('fuzz/certificate/*.der');
const hello = helloMessage({
  extensions: [
    sni('a.example'),
    alpn('h2'),
    supportedVersions(0x0304, 0x0303),
    [51, vector(2, keyShare(29).subarray(4))],
  ],
});
const messages: readonly Buffer[] = [
  hello,
  serverHello(),
  serverHello({ extensions: [extension(16, vector(2, vector(1, Buffer.from('h2'))))] }),
  message(8, vector(2, extension(16, vector(2, vector(1, Buffer.from('h2')))))),
  message(13, vector(1), vector(2, extension(13, vector(2, u16(0x0403))))),
  message(11, vector(1), vector(3, vector(3, certificate), vector(2))),
  message(11, vector(3, vector(3, certificate))),
  message(12, Buffer.from([3]), u16(29), vector(1, Buffer.alloc(32)), u16(0x0403), vector(2)),
  message(15, u16(0x0403), vector(2, Buffer.alloc(70))),
  message(4, Buffer.alloc(4, 1), vector(2, Buffer.alloc(40))),
  message(20, Buffer.alloc(32)),
];
const tokens = [
  '\x16\x03\x03\x00\x04',
  '\x15\x03\x03\x00\x02\x02\x2a',
  '\x14\x03\x03\x00\x01\x01',
  '\x17\x03\x03',
  '\x00\x00',
  '\xff\xff\xff',
  '\x03\x04',
  '\x02\x00\x00\x00',
  '\x1b[2J',
  'INFO {}\r\n',
  // The random of a HelloRetryRequest.
  Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex'),
];

/** One message by itself, of any type and in both versions: read or malformed, and shown on one line each. */
export const handshakeMessageTarget: FuzzTarget = {
  name: 'handshake message',
  corpus: messages,
  tokens,
  longest: 20_000,
  microsecondsPerByte: 4,
  check(input) {
    if (input.length < 4) return false;
    let accepted = false;
    for (const version of [0x0304, 0x0303]) {
      const read = readHandshakeMessage(input[0], input.subarray(4), version);
      checkShown({ from: 'server', atMs: 0, bytes: 0, encrypted: true, message: read });
      accepted ||= read.kind !== 'malformed';
    }
    return accepted;
  },
};

const secrets = readKeyLog([
  Buffer.from(`SERVER_HANDSHAKE_TRAFFIC_SECRET 00 ${'11'.repeat(32)}`),
  Buffer.from(`SERVER_TRAFFIC_SECRET_0 00 ${'22'.repeat(32)}`),
  Buffer.from(`CLIENT_RANDOM 00 ${'33'.repeat(48)}`),
]);

/**
 * What a server sends to a client of ours. However it is cut, the same is read; no entry says more than
 * one message, and there is an end to them.
 */
export const transcriptTarget: FuzzTarget = {
  name: 'handshake transcript',
  corpus: [server13(), server12(), record(21, Buffer.from([2, 40]))],
  tokens: [...tokens, ...messages],
  longest: 80_000,
  microsecondsPerByte: 4,
  check(input, random) {
    const { entries } = readTranscript(segmentsOf([input]), secrets);
    const cut = readTranscript(segmentsOf(random.cut(input)), secrets);
    assert.deepEqual(cut.entries.map(timeless), entries.map(timeless));
    assert.equal(cut.sent.server.total, input.length);
    assert.ok(entries.length <= MAX_ENTRIES);
    for (const entry of entries) checkShown(entry);
    return entries.length > 1 && entries.every(({ message: { kind } }) => !BROKEN.has(kind));
  },
};

const BROKEN: ReadonlySet<string> = new Set(['malformed', 'foreign', 'unfinished']);

function segmentsOf(pieces: Iterable<Buffer>): Segment[] {
  const segments: Segment[] = [{ from: 'client', atMs: 0, bytes: record(22, hello) }];
  for (const bytes of pieces) segments.push({ from: 'server', atMs: 1, bytes });
  return segments;
}

/** A foreign beginning is shown as far as it had come. */
function timeless(entry: TranscriptEntry): unknown {
  return entry.message.kind === 'foreign' ? 'foreign' : entry;
}

function checkShown(entry: TranscriptEntry): void {
  assert.match(messageName(entry.message), /^[A-Za-z ]{3,30}$/);
  for (const line of messageDetails(entry)) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
}

function server13(): Buffer {
  const handshake = new Sealer(Buffer.alloc(32, 0x11));
  const application = new Sealer(Buffer.alloc(32, 0x22));
  const [, first, , extensions, request, chain, , , verify, ticket, finished] = messages;
  const flight = Buffer.concat([extensions, request, chain, verify, finished]);
  return Buffer.concat([
    record(22, first),
    record(20, Buffer.from([1])),
    handshake.seal(22, flight.subarray(0, 100)),
    handshake.seal(22, flight.subarray(100), 9),
    application.seal(22, ticket),
    application.seal(21, Buffer.from([2, 116])),
  ]);
}

function server12(): Buffer {
  const [, , first, , , , chain, exchange] = messages;
  return Buffer.concat([
    record(22, first, chain),
    record(22, exchange, message(14)),
    record(21, Buffer.from([2, 40])),
  ]);
}
