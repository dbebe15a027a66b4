import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { after, test, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import fc from 'fast-check';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { listenRaw } from '../../test/support/raw-listener.ts';
import { DirectSocket } from './direct-socket.ts';
import { handleOf, type WriteRequest } from './node-handles.ts';
import { ServerHandshake } from './server-handshake.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());
const server = ca.issue('localhost', ['DNS:localhost']);
const secureContext = tls.createSecureContext({ cert: server.certPem, key: server.keyPem });

interface Pair {
  readonly direct: DirectSocket;
  readonly other: net.Socket;
}

async function plainPair(t: Pick<TestContext, 'after'>): Promise<Pair> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  const direct = DirectSocket.to({ port, host: '127.0.0.1' });
  const [other] = (await once(listener, 'connection')) as [net.Socket];
  if (direct.connecting) await once(direct, 'connect');
  t.after(() => {
    for (const end of [direct, other]) end.destroy();
    listener.close();
  });
  return { direct, other };
}

async function tlsPair(t: Pick<TestContext, 'after'>): Promise<Pair> {
  const made = Promise.withResolvers<DirectSocket>();
  const listener = await listenRaw(t, (raw) => {
    raw.read({
      received(first) {
        raw.stopReading();
        const side = { secureContext, requestCert: false, rejectUnauthorized: false, alpn: null };
        new ServerHandshake(raw, side, {
          handshakeDone: (handshake) => made.resolve(handshake.toSocket()),
          handshakeFailed: (error) => made.reject(error ?? new Error('gone')),
        }).begin(first);
      },
      ended: () => raw.destroy(),
    });
  });
  const { port } = listener.address() as net.AddressInfo;
  const other = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  t.after(() => other.destroy());
  return { direct: await made.promise, other };
}

/** One write: how long, how, and whether the next waits for a turn of the event loop. */
interface Write {
  readonly size: number;
  readonly how: 'bytes' | 'text' | 'answered' | 'corked';
  readonly pauses: boolean;
}

const writes = fc.array(
  fc.record<Write>({
    size: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 10_000, max: 300_000 })),
    how: fc.constantFrom('bytes', 'text', 'answered', 'corked'),
    pauses: fc.boolean(),
  }),
  { maxLength: 12 },
);

for (const [over, makePair] of [
  ['plain', plainPair],
  ['TLS', tlsPair],
] as const) {
  test(`a write goes past the stream, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    let passed = 0;
    direct._write = () => passed++;
    assert.equal(direct.write('text', 'latin1'), true);
    const [received] = (await once(other, 'data')) as [Buffer];
    assert.equal(received.toString(), 'text');
    assert.equal(passed, 0);
  });

  test(`node is not asked to tell of a write that nobody waits for, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    const handle = handleOf(direct);
    assert.ok(handle !== null);
    const requests: (number | WriteRequest)[] = [];
    const write = handle.writeLatin1String.bind(handle);
    handle.writeLatin1String = (request, text) => {
      const result = write(request, text);
      requests.push(result);
      return result;
    };
    for (let count = 1; count <= 3; count++) {
      assert.equal(direct.write('text', 'latin1'), true);
      await once(other, 'data');
      while (direct.writableLength > 0) await new Promise(setImmediate);
    }
    assert.equal(requests.length, 3);
    for (const request of requests) {
      if (typeof request !== 'number') assert.equal(request.oncomplete, null);
    }
  });

  test(`whatever is written, and however, comes in order and whole, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    const received: Buffer[] = [];
    let count = 0;
    let wanted = Number.POSITIVE_INFINITY;
    let whole = (): void => {};
    other.on('data', (chunk: Buffer) => {
      received.push(chunk);
      count += chunk.length;
      if (count >= wanted) whole();
    });
    let mark = 0;
    await fc.assert(
      fc.asyncProperty(writes, async (list) => {
        received.length = 0;
        count = 0;
        wanted = list.reduce((sum, { size }) => sum + size, 0);
        const isWhole = new Promise<void>((resolve) => (whole = resolve));
        const expected: Buffer[] = [];
        for (const { size, how, pauses } of list) {
          const bytes = Buffer.alloc(size, (mark = (mark + 1) % 251));
          expected.push(Buffer.from(bytes));
          if (how === 'text') direct.write(bytes.toString('latin1'), 'latin1');
          else if (how === 'answered') direct.write(bytes, () => {});
          else if (how === 'corked') {
            direct.cork();
            direct.write(bytes.subarray(0, 1));
            direct.write(bytes.subarray(1));
            process.nextTick(() => direct.uncork());
          } else direct.write(bytes);
          if (pauses) await new Promise(setImmediate);
        }
        if (wanted > 0) await isWhole;
        assert.ok(Buffer.concat(received).equals(Buffer.concat(expected)));
      }),
      { numRuns: 60 },
    );
    // Node tells of the last write later than the other side has it.
    while (direct.writableLength > 0) await new Promise(setImmediate);
  });

  test(`a write that is not taken at once is told of by 'drain', ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    other.pause();
    const chunk = Buffer.alloc(256 * 1024, 1);
    let sent = 0;
    while (direct.write(chunk)) {
      sent += chunk.length;
      assert.ok(sent < 64 * 1024 * 1024, 'nothing ever waits');
      await new Promise(setImmediate);
    }
    sent += chunk.length;
    assert.equal(direct.writableNeedDrain, true);
    assert.ok(direct.writableLength >= chunk.length);
    let received = 0;
    other.on('data', (bytes: Buffer) => (received += bytes.length));
    other.resume();
    await once(direct, 'drain');
    assert.equal(direct.writableNeedDrain, false);
    assert.equal(direct.writableLength, 0);
    direct.end();
    await once(other, 'end');
    assert.equal(received, sent);
  });

  test(`writes that are too much only together are told of by 'drain', ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    other.pause();
    const chunk = Buffer.alloc(direct.writableHighWaterMark - 1, 1);
    let rounds = 0;
    // Until something is under way, with as much again behind it.
    while (direct.writableLength < direct.writableHighWaterMark) {
      rounds++;
      assert.ok(rounds < 1000, 'nothing ever waits');
      direct.write(chunk);
      direct.write(chunk);
      if (direct.writableLength < direct.writableHighWaterMark) await new Promise(setImmediate);
    }
    assert.equal(direct.writableNeedDrain, true);
    other.resume();
    await once(direct, 'drain');
    assert.ok(direct.writableLength < direct.writableHighWaterMark);
  });

  test(`the end comes behind what is under way, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    let received = 0;
    other.on('data', (bytes: Buffer) => (received += bytes.length));
    direct.write(Buffer.alloc(8 * 1024 * 1024, 1));
    direct.write('and more', 'latin1');
    direct.end('at last');
    await once(other, 'end');
    assert.equal(received, 8 * 1024 * 1024 + 8 + 7);
  });

  test(`what the other side has ended is ended and closed in one go, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    direct.allowHalfOpen = true;
    assert.equal(direct.endAtOnce(), false);
    direct.resume();
    other.end('the last');
    await once(direct, 'end');
    const received: Buffer[] = [];
    other.on('data', (bytes: Buffer) => received.push(bytes));
    direct.write('an answer', 'latin1');
    while (direct.writableLength > 0) await new Promise(setImmediate);
    const { connection } = direct;
    const sent = connection?.bytesWritten ?? 0;
    assert.equal(direct.endAtOnce(), true);
    assert.equal(direct.destroyed, true);
    assert.equal(direct.endAtOnce(), false);
    await once(other, 'end');
    assert.equal(Buffer.concat(received).toString(), 'an answer');
    // TLS says goodbye: an alert of two bytes, in a record.
    assert.equal((connection?.bytesWritten ?? 0) - sent, over === 'TLS' ? 5 + 2 + 1 + 16 : 0);
  });

  test(`what still waits to be written is not cut off by ending at once, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    direct.allowHalfOpen = true;
    other.allowHalfOpen = true;
    other.pause();
    direct.resume();
    other.end('the last');
    await once(direct, 'end');
    const size = 32 * 1024 * 1024;
    direct.write(Buffer.alloc(size, 1));
    assert.equal(direct.endAtOnce(), false);
    let received = 0;
    other.on('data', (bytes: Buffer) => (received += bytes.length));
    other.resume();
    direct.end();
    await once(other, 'end');
    assert.equal(received, size);
  });

  test(`a write behind one under way is told when the connection is closed, ${over}`, async (t) => {
    const { direct, other } = await makePair(t);
    direct.on('error', () => {});
    other.on('error', () => {});
    other.pause();
    while (direct.write(Buffer.alloc(1024 * 1024))) await new Promise(setImmediate);
    const told = new Promise<Error | null | undefined>((resolve) => {
      direct.write(Buffer.from('x'), resolve);
    });
    direct.destroy();
    assert.ok((await told) instanceof Error);
  });
}

test('a client that resets the connection costs an error and no more', async (t) => {
  const { direct, other } = await plainPair(t);
  const errors: Error[] = [];
  direct.on('error', (error) => errors.push(error));
  const closed = new Promise((resolve) => direct.once('close', resolve));
  other.resetAndDestroy();
  const timer = setInterval(() => direct.write(Buffer.alloc(1000)), 1);
  t.after(() => clearInterval(timer));
  await closed;
  assert.equal(errors.length, 1);
  assert.equal(direct.write('x', 'latin1'), false);
});
