import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alpn,
  type HelloParts,
  helloMessage,
  preSharedKey,
  sni,
  supportedGroups,
  supportedVersions,
} from '../../test/support/client-hello-bytes.ts';
import { type ClientHello, type MalformedHello, readClientHello } from './client-hello.ts';

function read(parts: HelloParts): ClientHello | MalformedHello {
  return readClientHello(helloMessage(parts).subarray(4));
}

function readGood(parts: HelloParts): ClientHello {
  const hello = read(parts);
  if ('kind' in hello) assert.fail(hello.detail);
  return hello;
}

test('reads everything a client offers', () => {
  const hello = readGood({
    sessionId: Buffer.from('5e55', 'hex'),
    cipherSuites: [0x1301, 0x1302],
    extensions: [
      sni('Test.COM.'),
      supportedGroups(0x11ec, 0x001d),
      alpn('h2', 'http/1.1'),
      supportedVersions(0x0304, 0x0303),
      [35, Buffer.from('ticket')],
      [42, Buffer.alloc(0)],
      preSharedKey(Buffer.from('first'), Buffer.from('second')),
    ],
  });
  assert.equal(hello.sni, 'test.com');
  assert.deepEqual(hello.alpn, ['h2', 'http/1.1']);
  assert.deepEqual(hello.versions, [0x0304, 0x0303]);
  assert.deepEqual(hello.groups, [0x11ec, 0x001d]);
  assert.deepEqual(hello.cipherSuites, [0x1301, 0x1302]);
  assert.equal(hello.sessionId.toString('hex'), '5e55');
  assert.equal(String(hello.ticket), 'ticket');
  assert.equal(hello.hasTicket, true);
  assert.equal(hello.offersEarlyData, true);
  assert.deepEqual(hello.pskIdentities.map(String), ['first', 'second']);
});

test('reads a TLS 1.2 hello without extensions', () => {
  const hello = readGood({});
  assert.equal(hello.sni, null);
  assert.deepEqual(hello.versions, [0x0303]);
  assert.deepEqual(hello.groups, []);
  assert.equal(hello.ticket, null);
  assert.equal(hello.hasTicket, false);
});

test('passes over GREASE and extensions it does not know', () => {
  const hello = readGood({
    cipherSuites: [0xdada, 0x1301],
    extensions: [
      [0x1a1a, Buffer.alloc(0)],
      supportedGroups(0x3a3a, 0x001d),
      supportedVersions(0x0a0a, 0x0304),
      [0xfe0d, Buffer.alloc(200, 1)],
    ],
  });
  assert.deepEqual(hello.cipherSuites, [0x1301]);
  assert.deepEqual(hello.groups, [0x001d]);
  assert.deepEqual(hello.versions, [0x0304]);
});

test('shows unprintable bytes of ALPN names as hex', () => {
  assert.deepEqual(readGood({ extensions: [alpn('a\r\nb', '\xfe', 'c\\d')] }).alpn, [
    'a\\x0d\\x0ab',
    '\\xfe',
    'c\\x5cd',
  ]);
});

const pskFirst = [preSharedKey(Buffer.from('x')), sni('a.b')];
const twoNames = Buffer.from('000e00000461626364000004656667', 'hex');
const refused: readonly (readonly [string, HelloParts, number])[] = [
  ['a session id over 32 bytes', { sessionId: Buffer.alloc(33) }, 50],
  ['no cipher suite', { cipherSuites: [] }, 50],
  ['no compression method', { compression: Buffer.alloc(0) }, 50],
  ['an extension that occurs twice', { extensions: [sni('a.b'), sni('a.b')] }, 47],
  [
    'supported_versions twice',
    { extensions: [supportedVersions(772), supportedVersions(771)] },
    47,
  ],
  ['a pre_shared_key that is not the last', { extensions: pskFirst }, 47],
  ['a server name with a NUL', { extensions: [sni('a.b\0.c')] }, 47],
  ['an empty server name', { extensions: [sni('')] }, 50],
  ['two server names', { extensions: [[0, twoNames]] }, 50],
  ['a server name of another type', { extensions: [[0, Buffer.from('000401000161', 'hex')]] }, 50],
  ['a server_name without a list', { extensions: [[0, Buffer.alloc(0)]] }, 50],
  ['an empty ALPN name', { extensions: [alpn('h2', '')] }, 50],
  ['an ALPN list cut short', { extensions: [[16, Buffer.from('000503683232', 'hex')]] }, 50],
  ['groups of an odd length', { extensions: [[10, Buffer.from('0003001d00', 'hex')]] }, 50],
  ['versions of an odd length', { extensions: [[43, Buffer.from('03030403', 'hex')]] }, 50],
  ['a PSK without identity', { extensions: [[41, Buffer.from('000000000000000000', 'hex')]] }, 50],
  ['an empty PSK identity', { extensions: [preSharedKey(Buffer.alloc(0), Buffer.from('a'))] }, 50],
];

for (const [name, parts, alert] of refused) {
  test(`refuses ${name}`, () => {
    const result = read(parts);
    assert.ok('kind' in result, 'it was read');
    assert.equal(result.alert, alert, result.detail);
  });
}

test('refuses a hello cut short at any byte', () => {
  const body = helloMessage({
    sessionId: Buffer.alloc(32, 1),
    extensions: [sni('a.example'), alpn('h2'), preSharedKey(Buffer.from('id'))],
  }).subarray(4);
  const extensionsStart = 2 + 32 + 33 + 6 + 2;
  for (let length = 0; length < body.length; length += 1) {
    const result = readClientHello(body.subarray(0, length));
    if (length === extensionsStart) assert.ok(!('kind' in result), 'the extensions are optional');
    else assert.ok('kind' in result, `${length} bytes`);
  }
});
