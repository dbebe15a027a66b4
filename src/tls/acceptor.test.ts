import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptingServer, serverTls } from '../../test/support/accepting-server.ts';
import { type KeyPair, OpensslCa } from '../../test/support/openssl-certificates.ts';
import { extension, forge, rsaKeys } from '../../test/support/forged-certificate.ts';
import { piecewiseRelay } from '../../test/support/piecewise-relay.ts';
import { connectTls } from '../../test/support/tls-client.ts';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';
import type { HandshakeOutcome } from './acceptor.ts';
import type { TlsVersion } from './options.ts';
import { RawConnection } from './raw-connection.ts';

const ca = new OpensslCa('my-ca');
const otherCa = new OpensslCa('other-ca');
after(() => {
  ca.remove();
  otherCa.remove();
});
const server = ca.issue('localhost', ['DNS:localhost']);
const trust = [ca.root.certPem];
const clients: Record<string, KeyPair | undefined> = {
  good: ca.issue('alice', ['email:alice@example.com']),
  none: undefined,
  untrusted: otherCa.issue('alice', ['email:alice@example.com']),
  expired: ca.issue('late', [], -1),
};

const DAY_MS = 86_400_000;

/** The verdict of an outcome in one word: its kind, with the cause where there is one. */
function inWords(outcome: HandshakeOutcome): string {
  if (outcome.kind === 'failed') return `failed:${outcome.record.cause}`;
  const { verdict } = outcome;
  return verdict.kind === 'failed' ? verdict.cause.code : verdict.kind;
}

const asks = { good: 'verified', none: 'none', untrusted: 'unknown-issuer', expired: 'expired' };
const expected: Record<ClientAuthMode, Record<string, string>> = {
  false: { good: 'none', none: 'none', untrusted: 'none', expired: 'none' },
  optional: asks,
  observe: asks,
  true: { ...asks, none: 'failed:no-certificate' },
};

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const mode of ['false', 'optional', 'observe', 'true'] as const) {
    test(`${version}, mode ${mode}: each kind of client gets its verdict`, async (t) => {
      const fallback = serverTls(server, mode === 'false' ? [] : trust, { mode });
      const accepting = await acceptingServer(t, { fallback });
      for (const [kind, verdict] of Object.entries(expected[mode])) {
        const [outcome, seen] = await Promise.all([
          accepting.next(),
          connectTls(accepting.port, {
            pair: clients[kind],
            version,
            send: 'GET / HTTP/1.1\r\n\r\n',
          }),
        ]);
        assert.equal(inWords(outcome), verdict, kind);
        assert.equal(seen.reset, false);
        if (outcome.kind === 'established') {
          assert.equal(outcome.record.version, version);
          assert.equal(seen.received, 'hello\n');
          assert.equal(outcome.record.peer === null, verdict === 'none');
        } else {
          assert.equal(seen.alert, version === 'TLSv1.3' ? 116 : 40);
          assert.equal(outcome.record.outcome, 'refused');
          assert.equal(outcome.record.mode, 'true');
        }
      }
      assert.equal(accepting.acceptor.inFlight, 0);
    });
  }

  test(`${version}: a certificate that admits unverified clients gives no alert`, async (t) => {
    const fallback = serverTls(server, trust, { admitsUnverified: true });
    const accepting = await acceptingServer(t, { fallback });
    const [outcome] = await Promise.all([
      accepting.next(),
      connectTls(accepting.port, { version }),
    ]);
    assert.equal(inWords(outcome), 'none');
  });
}

test('chooses the certificate by server name, and alerts where there is none', async (t) => {
  const named = ca.issue('test.com', ['DNS:test.com']);
  const wild = ca.issue('wild', ['DNS:*.test.com']);
  const accepting = await acceptingServer(t, {
    certificates: [
      serverTls(named, [], { name: 'named', snis: ['test.com'], mode: 'false' }),
      serverTls(wild, trust, { name: 'wild', snis: ['*.test.com'], mode: 'optional' }),
    ],
  });
  const names: [string, string | null, number | null][] = [
    ['test.com', 'CN=test.com', null],
    ['TEST.com', 'CN=test.com', null],
    ['a.test.com', 'CN=wild', null],
    ['a.b.test.com', null, 112],
    ['other.com', null, 112],
  ];
  for (const [servername, subject, alert] of names) {
    const [outcome, seen] = await Promise.all([
      accepting.next(),
      connectTls(accepting.port, { servername, pair: clients['good'] }),
    ]);
    assert.equal(seen.peerCertificate, subject, servername);
    assert.equal(seen.alert, alert, servername);
    if (alert !== null) assert.equal(inWords(outcome), 'failed:sni-unknown');
    assert.equal(outcome.record.sni, servername.toLowerCase());
  }
  const [outcome, seen] = await Promise.all([accepting.next(), connectTls(accepting.port)]);
  assert.equal(inWords(outcome), 'failed:sni-unknown');
  assert.equal(seen.alert, 112);
});

test('the alert reaches a client that goes on sending, and no reset does', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, trust, { minVersion: 'TLSv1.3' }),
  });
  const socket = net.connect({ port: accepting.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.pause();
  socket.write(Buffer.concat([await captureHello('TLSv1.2'), Buffer.alloc(150_000)]));
  assert.equal(inWords(await accepting.next()), 'failed:no-shared-parameters');
  for (let count = 0; count < 3; count += 1) {
    await sleep(30);
    socket.write(Buffer.alloc(1000));
  }
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.resume();
  await once(socket, 'end');
  assert.equal(received, '\x15\x03\x03\x00\x02\x02\x46');
  socket.end();
  await once(socket, 'close');
});

test('records what was offered and what was agreed on', async (t) => {
  const accepting = await acceptingServer(t, {
    name: '0.0.0.0:9443',
    fallback: serverTls(server, trust),
    alpn: ['h2', 'http/1.1'],
  });
  const [outcome] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, {
      pair: clients['good'],
      servername: 'localhost',
      alpn: ['http/1.1', 'h2'],
    }),
  ]);
  const { record } = outcome;
  assert.match(record.id, /^[0-9a-z]{20}$/);
  assert.equal(record.listener, '0.0.0.0:9443');
  assert.ok(Math.abs(record.startedAt - Date.now()) < 5000);
  assert.ok(record.durationMs > 0 && record.durationMs < 5000);
  assert.equal(record.remoteAddress, '127.0.0.1');
  assert.ok(record.remotePort > 0);
  assert.equal(record.sni, 'localhost');
  assert.deepEqual(record.offeredVersions, ['TLSv1.3', 'TLSv1.2']);
  assert.deepEqual(record.offeredAlpn, ['http/1.1', 'h2']);
  assert.ok(record.offeredGroups.includes('x25519'));
  assert.equal(record.certificate, 'server.crt');
  assert.equal(record.alpn, 'h2');
  assert.equal(record.cipher, 'TLS_AES_128_GCM_SHA256');
  assert.equal(record.verification, 'SUCCESS');
  assert.equal(record.outcome, 'pending');
  assert.equal(record.peer?.subject, 'CN=alice');
  assert.equal(record.peer?.issuer, 'CN=my-ca');
  assert.match(record.peer?.fingerprint ?? '', /^[0-9a-f]{64}$/);
});

test('refuses what has no parameters in common, with the alert for it', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, trust, { minVersion: 'TLSv1.3' }),
    alpn: ['h2'],
  });
  const [old, seenOld] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, { version: 'TLSv1.2' }),
  ]);
  assert.equal(inWords(old), 'failed:no-shared-parameters', old.record.detail ?? '');
  assert.equal(seenOld.alert, 70);
  const [alpn, seenAlpn] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, { alpn: ['spdy/1'] }),
  ]);
  assert.equal(inWords(alpn), 'failed:no-shared-parameters', alpn.record.detail ?? '');
  assert.equal(seenAlpn.alert, 120);
});

test('delivers nothing the client sent before the outcome is taken', async (t) => {
  const received: string[] = [];
  const accepting = await acceptingServer(t, { fallback: serverTls(server, trust) }, (outcome) => {
    if (outcome.kind === 'failed') return;
    outcome.socket.on('error', () => {});
    assert.equal(outcome.socket.readableLength, 0);
    setTimeout(() => {
      outcome.socket.on('data', (chunk: Buffer) => {
        received.push(chunk.toString());
        outcome.socket.end('late\n');
      });
    }, 100);
  });
  const seen = await connectTls(accepting.port, { pair: clients['good'], send: 'early\n' });
  assert.deepEqual(received, ['early\n']);
  assert.equal(seen.received, 'late\n');
});

test('an unusable server certificate costs its connection an alert, no more', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls({ certPem: server.certPem, keyPem: 'no key' }, trust),
  });
  const [outcome, seen] = await Promise.all([accepting.next(), connectTls(accepting.port)]);
  assert.equal(inWords(outcome), 'failed:server-certificate');
  assert.equal(seen.alert, 80);
});

test('cuts a handshake that is not complete in time, wherever it stands', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, trust),
    timeoutMs: 150,
  });
  const silent = net.connect(accepting.port, '127.0.0.1');
  const begun = performance.now();
  const outcome = await accepting.next();
  assert.equal(inWords(outcome), 'failed:handshake-timeout');
  assert.ok(performance.now() - begun >= 140);
  await once(silent, 'close');

  const hello = await captureHello();
  const stalled = net.connect(accepting.port, '127.0.0.1');
  stalled.write(hello);
  stalled.resume();
  assert.equal(inWords(await accepting.next()), 'failed:handshake-timeout');
  await once(stalled, 'close');
  assert.equal(accepting.acceptor.inFlight, 0);
});

test('reads a ClientHello that comes one byte at a time', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, [], { mode: 'false' }),
  });
  const hello = await captureHello();
  const socket = net.connect({ port: accepting.port, host: '127.0.0.1', noDelay: true });
  for (const byte of hello) {
    socket.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.deepEqual([...answer.subarray(0, 3)], [22, 3, 3], 'a ServerHello');
  socket.destroy();
  assert.equal(inWords(await accepting.next()), 'failed:client-closed');
});

test('a client may vanish at any point', async (t) => {
  const accepting = await acceptingServer(t, { fallback: serverTls(server, trust) });
  const hello = await captureHello();
  for (const length of [0, 1, 5, 100, hello.length]) {
    for (const manner of ['end', 'resetAndDestroy'] as const) {
      const socket = net.connect(accepting.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      await once(socket, 'connect');
      if (length > 0) socket.write(hello.subarray(0, length));
      await sleep(10);
      socket[manner]();
      assert.equal(inWords(await accepting.next()), 'failed:client-closed', `${length} ${manner}`);
    }
  }
  assert.equal(accepting.acceptor.inFlight, 0);
});

test('names the alert by which a client refuses us', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, [], { mode: 'false' }),
  });
  const socket = net.connect(accepting.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(await captureHello());
  await once(socket, 'data');
  socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 48]));
  const outcome = await accepting.next();
  assert.equal(inWords(outcome), 'failed:client-alert');
  assert.equal(outcome.record.detail, 'unknown_ca');
  socket.destroy();
});

test('tells garbage in the middle of a handshake from a refusal', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, [], { mode: 'false' }),
  });
  const socket = net.connect(accepting.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(await captureHello());
  await once(socket, 'data');
  socket.write(Buffer.from([23, 3, 3, 0, 40, ...Buffer.alloc(40, 1)]));
  assert.equal(inWords(await accepting.next()), 'failed:malformed');
  socket.destroy();
});

const plain: [string, string | Buffer, string, string | RegExp][] = [
  [
    'plain HTTP',
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'plain-http',
    /^HTTP\/1\.1 400 .*\r\n\r\nThe plain HTTP request was sent to HTTPS port\n$/s,
  ],
  ['an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n', 'other-protocol', ''],
  ['garbage', Buffer.alloc(100, 0xee), 'other-protocol', ''],
  [
    'an empty handshake record',
    Buffer.from([22, 3, 1, 0, 0]),
    'malformed',
    '\x15\x03\x03\x00\x02\x02\x0a',
  ],
  [
    'a hello past 64 KiB',
    Buffer.from([22, 3, 1, 0, 4, 1, 2, 0, 0]),
    'malformed',
    '\x15\x03\x03\x00\x02\x02\x32',
  ],
];

for (const [name, bytes, cause, answer] of plain) {
  test(`answers ${name} and closes without a reset`, async (t) => {
    const accepting = await acceptingServer(t, { fallback: serverTls(server, trust) });
    const socket = net.connect({ port: accepting.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(bytes);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    const [outcome] = await Promise.all([accepting.next(), once(socket, 'end')]);
    assert.equal(inWords(outcome), `failed:${cause}`);
    if (typeof answer === 'string') assert.equal(received, answer);
    else assert.match(received, answer);
    socket.end('more that is not read\r\n');
    await once(socket, 'close');
  });
}

test('closes plain HTTP unanswered where it is not to be answered', async (t) => {
  const accepting = await acceptingServer(t, {
    fallback: serverTls(server, trust),
    answersPlainHttp: false,
  });
  const socket = net.connect(accepting.port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\n\r\n');
  socket.on('data', () => assert.fail('answered'));
  const [outcome] = await Promise.all([accepting.next(), once(socket, 'close')]);
  assert.equal(inWords(outcome), 'failed:plain-http');
});

test('takes connections that were accepted as paused sockets', async (t) => {
  const accepting = await acceptingServer(t, { fallback: serverTls(server, trust) });
  const pausing = net.createServer({ pauseOnConnect: true }, (socket) => {
    const raw = RawConnection.of(socket);
    assert.ok(raw);
    accepting.acceptor.accept(raw, (outcome) => {
      assert.equal(inWords(outcome), 'verified');
      if (outcome.kind === 'established') outcome.socket.end('hello\n');
    });
  });
  pausing.listen(0, '127.0.0.1');
  await once(pausing, 'listening');
  t.after(() => pausing.close());
  const { port } = pausing.address() as net.AddressInfo;
  const seen = await connectTls(port, { pair: clients['good'] });
  assert.equal(seen.received, 'hello\n');
});

test('abort cuts what is in flight and reports nothing', async (t) => {
  const accepting = await acceptingServer(t, { fallback: serverTls(server, trust) }, () =>
    assert.fail('an outcome'),
  );
  const silent = net.connect(accepting.port, '127.0.0.1');
  const stalled = net.connect(accepting.port, '127.0.0.1');
  stalled.write(await captureHello());
  await once(stalled, 'data');
  assert.equal(accepting.acceptor.inFlight, 2);
  accepting.acceptor.abort();
  stalled.resume();
  await Promise.all([once(silent, 'close'), once(stalled, 'close')]);
  assert.equal(accepting.acceptor.inFlight, 0);
});

const capturedHellos = new Map<string, Promise<Buffer>>();

/** The ClientHello of a client of node's, as it goes over the wire. */
function captureHello(version: TlsVersion = 'TLSv1.3'): Promise<Buffer> {
  const known = capturedHellos.get(version);
  if (known !== undefined) return known;
  const captured = new Promise<Buffer>((resolve) => {
    const listener = net.createServer((socket) => {
      socket.once('data', (chunk: Buffer) => {
        resolve(chunk);
        socket.destroy();
        listener.close();
      });
    });
    listener.listen(0, '127.0.0.1', () => {
      void connectTls((listener.address() as net.AddressInfo).port, { version });
    });
  });
  capturedHellos.set(version, captured);
  return captured;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const [keys, own, namesakes] of [
    ['EC', undefined, undefined],
    ['RSA', rsaKeys(2048), rsaKeys(2048)],
  ] as const) {
    test(`${version}: a client wrongly signed by ${keys}, and too early, gets its verdict in pieces`, async (t) => {
      const made = { subject: 'CN=Root', extensions: [extension.ca()] };
      const root = forge({ ...made, ...(own && { keys: own }) });
      const issuer = forge({ ...made, ...(namesakes && { keys: namesakes }) });
      const fallback = serverTls(server, [root.pem]);
      const accepting = await acceptingServer(t, { fallback });
      const port = await piecewiseRelay(t, accepting.port);
      for (const notBefore of [Date.now() - DAY_MS, Date.now() + DAY_MS]) {
        const leaf = forge({
          subject: 'CN=a',
          issuer,
          notBefore,
          notAfter: notBefore + 9 * DAY_MS,
        });
        const keyPem = leaf.keys.privateKey.export({ format: 'pem', type: 'pkcs8' });
        const pair = { certPem: leaf.pem, keyPem };
        const [outcome] = await Promise.all([
          accepting.next(),
          connectTls(port, { pair, version }),
        ]);
        assert.equal(inWords(outcome), 'unknown-issuer');
      }
    });
  }
}

test('a client that does not prove its key fails, in pieces as at once', async (t) => {
  const accepting = await acceptingServer(t, { fallback: serverTls(server, trust) });
  let changed = 0;
  const disturbed = await piecewiseRelay(t, accepting.port, (bytes) => {
    let at = bytes.indexOf(ECDSA_SHA256);
    while (at !== -1 && bytes[at - 4] !== CERTIFICATE_VERIFY)
      at = bytes.indexOf(ECDSA_SHA256, at + 1);
    if (at === -1) return;
    changed++;
    // The last byte of the signature.
    const last = at + 4 + bytes.readUInt16BE(at + 2) - 1;
    bytes[last] = bytes[last] ^ 1;
  });
  const pair = clients['good'];
  const visit = connectTls(disturbed, { ...(pair && { pair }), version: 'TLSv1.2' });
  const [outcome, seen] = await Promise.all([accepting.next(), visit]);
  assert.equal(changed, 1);
  assert.equal(inWords(outcome), 'failed:malformed');
  // decrypt_error, RFC 5246 section 7.2.2
  assert.equal(seen.alert, 51);
});

/** What stands in the clear on TLS 1.2: a message's type and length, its algorithm, its signature. */
const CERTIFICATE_VERIFY = 15;
const ECDSA_SHA256 = Buffer.from([0x04, 0x03]);
