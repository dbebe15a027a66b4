// One test for each fact about node that the rooms of TLS rest on.
import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { listenRaw } from '../../test/support/raw-listener.ts';
import { type ClientSight, connectTls } from '../../test/support/tls-client.ts';
import { closeGently } from './linger.ts';
import { decideTickets, kernelProgress, readInto, takesAtOnce } from './node-tls.ts';
import type { RawConnection, RawReader } from './raw-connection.ts';
import {
  type HandshakeWaiter,
  type Negotiated,
  ServerHandshake,
  type ServerSideOptions,
  type ServerSocket,
} from './server-handshake.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);

function context(change: tls.SecureContextOptions = {}): tls.SecureContext {
  return tls.createSecureContext({
    cert: server.certPem,
    key: server.keyPem,
    ca: ca.root.certPem,
    sessionIdContext: 'test',
    ...change,
  });
}

interface Side {
  readonly port: number;
  readonly done: Promise<ServerSocket>;
  readonly failed: Promise<{ error: NodeJS.ErrnoException | null; answered: net.Socket | null }>;
}

interface Seen {
  readonly negotiated: Negotiated;
  readonly verifyError: string | null;
  readonly chain: readonly Buffer[];
  readonly leaf: Buffer | null;
}

/** What was read of each handshake when it was done. */
const seen = new WeakMap<ServerSocket, Seen>();

function seenOf(socket: ServerSocket): Seen {
  const found = seen.get(socket);
  assert.ok(found);
  return found;
}

/** A listener that reads the first bytes itself, as the acceptor does. */
async function serverSide(t: TestContext, options: Partial<ServerSideOptions> = {}): Promise<Side> {
  const events = new EventEmitter();
  const waiter: HandshakeWaiter = {
    handshakeDone(handshake) {
      const { negotiated, verifyError } = handshake;
      const chain = handshake.readPeerChain();
      const leaf = handshake.readPeerLeaf();
      const socket = handshake.toSocket();
      seen.set(socket, { negotiated, verifyError, chain, leaf });
      events.emit('done', socket);
    },
    handshakeFailed: (error, answered) => events.emit('failed', { error, answered }),
  };
  const listener = await listenRaw(t, (raw) => {
    const reader: RawReader = {
      received(bytes) {
        raw.stopReading();
        begin(raw, bytes);
      },
      ended: () => raw.destroy(),
    };
    raw.read(reader);
  });
  const begin = (raw: RawConnection, first: Buffer): void => {
    const side: ServerSideOptions = {
      secureContext: context(),
      requestCert: true,
      rejectUnauthorized: false,
      alpn: null,
      ...options,
    };
    new ServerHandshake(raw, side, waiter).begin(first);
  };
  return {
    port: (listener.address() as net.AddressInfo).port,
    done: once(events, 'done').then(([socket]) => socket as ServerSocket),
    failed: once(events, 'failed').then(([failure]) => failure),
  };
}

function endAfterHello(socket: ServerSocket): void {
  socket.on('error', () => {});
  socket.resume();
  socket.end('hello\n');
}

test('a handshake runs on a connection whose first bytes were read and put back', async (t) => {
  const side = await serverSide(t);
  const client = connectTls(side.port, { pair: alice });
  const socket = await side.done;
  assert.deepEqual(seenOf(socket).negotiated, {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    alpn: null,
    resumed: false,
  });
  endAfterHello(socket);
  assert.equal((await client).received, 'hello\n');
});

test('rejectUnauthorized alerts a client without a certificate, and lets a bad one through to us', async (t) => {
  const side = await serverSide(t, { rejectUnauthorized: true });
  const none = connectTls(side.port, { version: 'TLSv1.3' });
  const { error, answered } = await side.failed;
  assert.equal(error?.code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
  assert.ok(answered !== null && !answered.destroyed);
  closeGently(answered);
  assert.equal((await none).alert, 116);

  const second = await serverSide(t, { rejectUnauthorized: true });
  const other = new OpensslCa('other-ca');
  t.after(() => other.remove());
  const client = connectTls(second.port, { pair: other.issue('bob', []) });
  const socket = await second.done;
  assert.equal(seenOf(socket).verifyError, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  assert.equal(seenOf(socket).chain.length, 1);
  endAfterHello(socket);
  await client;
});

test('a session made without a certificate resumes without a verify error and without a leaf', async (t) => {
  const secureContext = context();
  const first = await serverSide(t, { secureContext });
  const client = connectTls(first.port);
  const full = await first.done;
  assert.equal(seenOf(full).verifyError, 'UNABLE_TO_GET_ISSUER_CERT');
  assert.deepEqual(seenOf(full).chain, []);
  endAfterHello(full);
  const { session } = await client;
  assert.ok(session);

  const second = await serverSide(t, { secureContext, rejectUnauthorized: true });
  const again = connectTls(second.port, { session });
  const resumed = await second.done;
  assert.equal(seenOf(resumed).verifyError, null);
  assert.deepEqual(seenOf(resumed).chain, []);
  endAfterHello(resumed);
  await again;
});

test('the chain is read in the order in which it was sent', async (t) => {
  const side = await serverSide(t);
  const sent = [alice.certPem, server.certPem, ca.root.certPem];
  const client = connectTls(side.port, {
    pair: { certPem: sent.join(''), keyPem: alice.keyPem },
  });
  const socket = await side.done;
  const expected = sent.map((pem) =>
    Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64'),
  );
  assert.deepEqual(seenOf(socket).chain, expected);
  endAfterHello(socket);
  await client;
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: the session has the leaf that was sent, or none`, async (t) => {
    for (const pair of [{ ...alice, certPem: alice.certPem + ca.root.certPem }, null]) {
      const side = await serverSide(t);
      const client = connectTls(side.port, { version, ...(pair && { pair }) });
      const socket = await side.done;
      const { leaf, chain } = seenOf(socket);
      assert.equal(chain.length, pair === null ? 0 : 2);
      assert.deepEqual(leaf, chain[0] ?? null);
      endAfterHello(socket);
      await client;
    }
  });
}

test('what the client sends after the handshake waits to be read', async (t) => {
  const side = await serverSide(t);
  const client = connectTls(side.port, { pair: alice, send: 'early\n' });
  const socket = await side.done;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(String(socket.read()), 'early\n');
  endAfterHello(socket);
  await client;
});

test('a TLS error after the handshake destroys the socket and throws nowhere', async (t) => {
  const side = await serverSide(t);
  const raw = net.connect(side.port, '127.0.0.1');
  const client = tls.connect({ socket: raw, rejectUnauthorized: false });
  client.on('error', () => {});
  const socket = await side.done;
  // A record that doesn't decrypt, written past the client's TLS.
  raw.write(Buffer.from([23, 3, 3, 0, 32, ...Buffer.alloc(32, 1)]));
  await once(socket, 'close');
  client.destroy();
});

test('a resumed session has the leaf alone, and nothing is checked again', async (t) => {
  const secureContext = context();
  const chain = { certPem: alice.certPem + server.certPem, keyPem: alice.keyPem };
  const first = await serverSide(t, { secureContext });
  const client = connectTls(first.port, { pair: chain });
  const full = await first.done;
  assert.equal(seenOf(full).chain.length, 2);
  endAfterHello(full);
  const { session } = await client;
  assert.ok(session);

  const second = await serverSide(t, { secureContext });
  // Without the key pair: what is shown afterwards comes from the session.
  const again = connectTls(second.port, { session });
  const resumed = await second.done;
  assert.equal(seenOf(resumed).negotiated.resumed, true);
  assert.equal(seenOf(resumed).chain.length, 1);
  assert.equal(seenOf(resumed).verifyError, null);
  endAfterHello(resumed);
  await again;
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: a session does not resume under another session id context`, async (t) => {
    const ticketKeys = Buffer.alloc(48, 1);
    const first = await serverSide(t, {
      secureContext: context({ sessionIdContext: 'a'.repeat(32), ticketKeys }),
    });
    const client = connectTls(first.port, { pair: alice, version });
    endAfterHello(await first.done);
    const { session } = await client;
    assert.ok(session);

    const other = context({ sessionIdContext: 'b'.repeat(32), ticketKeys });
    const second = await serverSide(t, { secureContext: other });
    const again = connectTls(second.port, { pair: alice, version, session });
    endAfterHello(await second.done);
    assert.equal((await again).reused, false);

    const same = context({ sessionIdContext: 'a'.repeat(32), ticketKeys });
    const third = await serverSide(t, { secureContext: same });
    const control = connectTls(third.port, { pair: alice, version, session });
    endAfterHello(await third.done);
    assert.equal((await control).reused, true);
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: ticket keys of our own are asked for each ticket, and renew it`, async (t) => {
    const asked: string[] = [];
    const key = { name: Buffer.alloc(16, 1), aes: Buffer.alloc(16, 2), hmac: Buffer.alloc(32, 3) };
    let isOpen = true;
    const secureContext = context();
    decideTickets(secureContext, {
      sealing: () => (asked.push('seal'), key),
      opening(name, iv) {
        assert.deepEqual([name, iv.length], [key.name, 16]);
        asked.push('open');
        return isOpen ? key : null;
      },
    });
    const visit = async (session: Buffer | null): Promise<ClientSight> => {
      const side = await serverSide(t, { secureContext });
      const client = connectTls(side.port, { pair: alice, version, ...(session && { session }) });
      endAfterHello(await side.done);
      return client;
    };
    const first = await visit(null);
    assert.ok(first.session?.includes(key.name));
    const sealed = asked.length;
    const again = await visit(first.session);
    assert.equal(again.reused, true);
    assert.deepEqual(asked.slice(sealed), ['open', 'seal']);
    if (version === 'TLSv1.3') assert.notDeepEqual(again.session, first.session);
    isOpen = false;
    assert.equal((await visit(first.session)).reused, false);
  });

  test(`${version}: without a key to seal by no ticket is given out`, async (t) => {
    const secureContext = context();
    decideTickets(secureContext, { sealing: () => null, opening: () => null });
    const side = await serverSide(t, { secureContext });
    const client = connectTls(side.port, { pair: alice, version });
    endAfterHello(await side.done);
    const { session, received } = await client;
    assert.equal(received, 'hello\n');
    assert.equal(session, null);
  });
}

test('a session id context has at most 32 bytes', () => {
  assert.ok(context({ sessionIdContext: 'x'.repeat(32) }));
  assert.throws(() => context({ sessionIdContext: 'x'.repeat(33) }));
});

test('SSL_OP_NO_RENEGOTIATION refuses what node allows a client of TLS 1.2', async (t) => {
  const secureContext = context({ secureOptions: constants.SSL_OP_NO_RENEGOTIATION });
  const side = await serverSide(t, { secureContext });
  const client = tls.connect({
    port: side.port,
    host: '127.0.0.1',
    maxVersion: 'TLSv1.2',
    rejectUnauthorized: false,
  });
  const socket = await side.done;
  socket.resume();
  await once(client, 'secureConnect');
  const refused = new Promise<Error | null>((resolve) => {
    client.on('error', resolve);
    client.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error));
  });
  assert.match((await refused)?.message ?? 'renegotiated', /no renegotiation|closed/i);
  client.destroy();
});

test('allowPartialTrustChain trusts an anchor that is no root', async (t) => {
  const secureContext = context({ ca: alice.certPem, allowPartialTrustChain: true });
  const side = await serverSide(t, { secureContext });
  const client = connectTls(side.port, { pair: alice });
  const socket = await side.done;
  assert.equal(seenOf(socket).verifyError, null);
  endAfterHello(socket);
  await client;
});

test('HTTP/2 begins at once on a socket that is no longer connecting', async (t) => {
  const side = await serverSide(t, { alpn: Buffer.from('\x02h2') });
  const session = http2.connect(`https://127.0.0.1:${side.port}`, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  const socket = await side.done;
  const serving = http2.performServerHandshake(socket);
  serving.on('stream', (stream) => {
    stream.respond({ ':status': 204 });
    stream.end();
  });
  const request = session.request({ ':path': '/' });
  const [headers] = (await once(request, 'response')) as [http2.IncomingHttpHeaders];
  assert.equal(headers[':status'], 204);
  request.close();
});

for (const over of ['TLS', 'plain'] as const) {
  test(`what the kernel takes of a long write is visible while it is under way, ${over}`, async (t) => {
    const { writer, reader } = over === 'TLS' ? await tlsPair(t) : await plainPair(t);
    reader.pause();
    let isDone = false;
    writer.write(Buffer.alloc(64 * 1024 * 1024), () => (isDone = true));
    let before = -1;
    for (; kernelProgress(writer).taken !== before; await sleep(50)) {
      before = kernelProgress(writer).taken;
    }
    assert.ok(before > 0);
    assert.ok(kernelProgress(writer).waiting > 0);
    const steps = new Set<number>();
    reader.on('data', () => void (isDone || steps.add(kernelProgress(writer).taken)));
    reader.resume();
    while (!isDone) await sleep(5);
    assert.ok(steps.size > 3, `${steps.size} steps`);
    assert.equal(kernelProgress(writer).waiting, 0);
    assert.ok(kernelProgress(writer).taken >= 64 * 1024 * 1024);
  });
}

for (const [over, makePair] of [
  ['plain', plainPair],
  ['TLS', tlsPair],
] as const) {
  test(`a socket reads into memory of its reader's, pauses, resumes and ends, ${over}`, async (t) => {
    const { writer, reader } = await makePair(t);
    const text = Array.from({ length: 251 }, (_, index) => index).join(' ');
    const sent = Buffer.alloc(16 * 1024 * 1024, text);
    const memory = Buffer.alloc(sent.length + 1);
    let at = 0;
    let pausedAt = 0;
    let resumedAt = 0;
    reader.on('data', () => assert.fail('a data event'));
    reader.pause();
    const received = (size: number): Buffer => {
      at += size;
      if (at > 100_000 && pausedAt === 0) {
        pausedAt = at;
        reader.pause();
        setTimeout(() => {
          resumedAt = at;
          reader.resume();
        }, 50);
      }
      return memory.subarray(at);
    };
    assert.equal(readInto(reader, memory, { received }), true);
    reader.resume();
    writer.end(sent);
    await once(reader, 'end');
    assert.equal(at, sent.length);
    assert.ok(memory.subarray(0, at).equals(sent));
    // What node was about to read comes all the same: at most 32 times 64 KiB.
    const more = resumedAt - pausedAt;
    assert.ok(more <= 2.1 * 1024 * 1024, `${more} bytes came while it was paused`);
  });
}

test('what is written to a TLS connection is taken before the call returns', async (t) => {
  const { writer, reader } = await tlsPair(t);
  const chunks: Buffer[] = [];
  const memory = Buffer.alloc(100_000);
  reader.on('data', (chunk: Buffer) => chunks.push(chunk));
  reader.pause();
  // Far more than the kernel takes while nobody reads.
  for (let round = 0; round < 200; round++) {
    while (!takesAtOnce(writer)) {
      reader.resume();
      await once(writer, 'drain');
    }
    memory.fill(round);
    writer.write(memory);
    assert.equal(takesAtOnce(writer), writer.writableLength === 0);
    memory.fill(255);
  }
  reader.resume();
  writer.end();
  await once(reader, 'end');
  const received = Buffer.concat(chunks);
  for (let round = 0; round < 200; round++) {
    const part = received.subarray(round * memory.length, (round + 1) * memory.length);
    assert.ok(
      part.every((byte) => byte === round),
      `${round}`,
    );
  }
});

test('what is written to a plain or corked connection may not be taken at once', async (t) => {
  assert.equal(takesAtOnce((await plainPair(t)).writer), false);
  const { writer } = await tlsPair(t);
  writer.cork();
  assert.equal(takesAtOnce(writer), false);
  writer.uncork();
  // The handshake's end is told on OpenSSL's stack, where nothing of it may be freed.
  await sleep(0);
});

test('a client that goes away during the handshake is told from one that failed', async (t) => {
  const side = await serverSide(t);
  const socket = net.connect(side.port, '127.0.0.1');
  socket.write(Buffer.from([22, 3, 1]));
  socket.end();
  socket.resume();
  const { error, answered } = await side.failed;
  assert.equal(answered, null);
  assert.notEqual(error?.code?.startsWith('ERR_SSL_'), true);
});

interface Pair {
  readonly writer: net.Socket;
  readonly reader: net.Socket;
}

async function plainPair(t: TestContext): Promise<Pair> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const reader = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
  const [writer] = (await once(listener, 'connection')) as [net.Socket];
  t.after(() => {
    for (const end of [writer, reader]) end.destroy();
    listener.close();
  });
  return { writer, reader };
}

async function tlsPair(t: TestContext): Promise<Pair> {
  const side = await serverSide(t);
  const reader = tls.connect({ port: side.port, host: '127.0.0.1', rejectUnauthorized: false });
  t.after(() => reader.destroy());
  return { writer: await side.done, reader };
}
