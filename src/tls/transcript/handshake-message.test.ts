import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alpn,
  helloMessage,
  sni,
  supportedGroups,
} from '../../../test/support/client-hello-bytes.ts';
import {
  extension,
  keyShare,
  message,
  serverHello,
  u16,
  vector,
} from '../../../test/support/tls-messages.ts';
import { readHandshakeMessage, TLS13 } from './handshake-message.ts';
import type { Message } from './message.ts';

const TLS12 = 0x0303;

function read(bytes: Buffer, version: number = TLS13): Message {
  return readHandshakeMessage(bytes[0], bytes.subarray(4), version);
}

test('a ClientHello: names, protocols, groups and the key shares among them', () => {
  const shares = vector(
    2,
    u16(0x1a1a),
    vector(2, Buffer.alloc(1)),
    u16(0x001d),
    vector(2, Buffer.alloc(32)),
  );
  const hello = helloMessage({
    extensions: [sni('a.example'), alpn('h2'), supportedGroups(0x11ec, 0x001d), [51, shares]],
  });
  assert.deepEqual(read(hello), {
    kind: 'client-hello',
    sni: 'a.example',
    alpn: ['h2'],
    versions: [0x0303],
    groups: [0x11ec, 0x001d],
    keyShares: [0x001d],
    cipherSuites: [0x1301, 0xc02b],
    resumes: false,
  });
});

test('a ServerHello of 1.3 and of 1.2', () => {
  assert.deepEqual(read(serverHello()), {
    kind: 'server-hello',
    version: TLS13,
    cipherSuite: 0x1301,
    group: 0x001d,
    alpn: null,
    resumes: false,
  });
  const protocol = extension(16, vector(2, vector(1, Buffer.from('h2\x1b'))));
  assert.deepEqual(read(serverHello({ extensions: [protocol], cipherSuite: 0xc02b })), {
    kind: 'server-hello',
    version: TLS12,
    cipherSuite: 0xc02b,
    group: null,
    alpn: 'h2\\x1b',
    resumes: false,
  });
});

test('a HelloRetryRequest is told by its random', () => {
  const random = Buffer.from(
    'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
    'hex',
  );
  const version = extension(43, u16(TLS13));
  const cookie = extension(44, vector(2, Buffer.alloc(8)));
  const group = extension(51, u16(0x0018));
  const retry = { kind: 'hello-retry-request', version: TLS13, cipherSuite: 0x1301 };
  const read1 = read(serverHello({ random, extensions: [version, group] }));
  assert.deepEqual(read1, { ...retry, group: 0x0018, cookie: false });
  const read2 = read(serverHello({ random, extensions: [version, cookie] }));
  assert.deepEqual(read2, { ...retry, group: null, cookie: true });
});

test('a CertificateRequest names CAs in 1.3 by an extension, in 1.2 in its body', () => {
  const names = vector(2, vector(2, Buffer.from('one')), vector(2, Buffer.from('two')));
  const schemes = vector(2, u16(0x0403), u16(0x0804));
  const expected: Message = {
    kind: 'certificate-request',
    authorities: [Buffer.from('one'), Buffer.from('two')],
    schemes: [0x0403, 0x0804],
  };
  const body = [vector(1), vector(2, extension(13, schemes), extension(47, names))];
  assert.deepEqual(read(message(13, ...body)), expected);
  assert.deepEqual(
    read(message(13, vector(1, Buffer.from([1, 64])), schemes, names), TLS12),
    expected,
  );
  const any = { ...expected, authorities: [], schemes: [] };
  assert.deepEqual(read(message(13, vector(1), vector(2))), any);
});

test('a Certificate carries its chain, and in 1.3 what goes with each of it', () => {
  const [leaf, issuer] = [Buffer.from('leaf'), Buffer.from('issuer')];
  const stapled = vector(2, extension(5, Buffer.from([1])));
  const list = vector(3, vector(3, leaf), stapled, vector(3, issuer), vector(2));
  const chain = [leaf, issuer];
  assert.deepEqual(read(message(11, vector(1), list)), {
    kind: 'certificate',
    chain,
    stapled: true,
  });
  const old = message(11, vector(3, vector(3, leaf), vector(3, issuer)));
  assert.deepEqual(read(old, TLS12), { kind: 'certificate', chain, stapled: false });
  const none = { kind: 'certificate', chain: [], stapled: false };
  assert.deepEqual(read(message(11, vector(1), vector(3))), none);
});

test('a ServerKeyExchange tells its group where it has a named one', () => {
  const named = [Buffer.from([3]), u16(0x001d), vector(1, Buffer.alloc(32)), u16(0x0804)];
  assert.deepEqual(read(message(12, ...named), TLS12), {
    kind: 'server-key-exchange',
    group: 0x001d,
    scheme: 0x0804,
  });
  const finite = message(12, vector(2, Buffer.alloc(256)));
  assert.deepEqual(read(finite, TLS12), { kind: 'server-key-exchange', group: null, scheme: null });
});

test('what is not known keeps its number, and what is cut short is malformed at every length', () => {
  assert.deepEqual(read(message(99)), { kind: 'other-handshake', type: 99 });
  const whole = [
    serverHello(),
    message(8, vector(2, extension(16, vector(2, vector(1, Buffer.from('h2')))))),
    message(13, vector(1), vector(2, keyShare(1))),
    message(11, vector(1), vector(3, vector(3, Buffer.from('leaf')), vector(2))),
  ];
  for (const bytes of whole) {
    assert.notEqual(read(bytes).kind, 'malformed');
    for (let end = 4; end < bytes.length; end++) {
      // A ServerHello may end before its extensions, as it did before TLS 1.3.
      const kind = read(bytes.subarray(0, end)).kind;
      if (bytes[0] !== 2 || end !== 42)
        assert.equal(kind, 'malformed', `${bytes[0]} cut at ${end}`);
    }
    assert.equal(read(Buffer.concat([bytes, Buffer.from([0])])).kind, 'malformed');
  }
});
