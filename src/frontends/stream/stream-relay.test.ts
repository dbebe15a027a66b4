// Clients of TLS and without it, each with a connection of its own to an upstream that the test is itself.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { acceptingServer, serverTls } from '../../../test/support/accepting-server.ts';
import { needs } from '../../../test/support/programs.ts';
import { scenarioCertificates } from '../../../test/support/scenario-certificates.ts';
import { StreamRelay } from './stream-relay.ts';

/** More than what sockets and kernels hold between two ends. */
const MUCH = 48 << 20;
/** What a relay may hold of a direction: what a socket takes before it is full, and one write. */
const MOST_HELD = 1 << 20;

type Kind = 'tls' | 'plain';

for (const kind of ['tls', 'plain'] as const) {
  describe(`a stream whose client is ${kind}`, needs('openssl'), () => {
    test('carries both directions unharmed at once, to ends that read in fits', async (t) => {
      const pairs = [await joined(t, kind), await joined(t, kind), await joined(t, kind)];
      await Promise.all(
        pairs.flatMap(({ client, upstream }, seed) => [
          carries(client, upstream, seed),
          carries(upstream, client, seed + 10),
        ]),
      );
    });

    test('ends each direction by itself, whichever ends first', async (t) => {
      for (const order of ['client', 'upstream'] as const) {
        const { client, upstream } = await joined(t, kind);
        const [first, second] = order === 'client' ? [client, upstream] : [upstream, client];
        first.end('question'.repeat(10_000));
        assert.equal(await toEnd(second), 'question'.repeat(10_000));
        for (const part of ['a ', 'slow ', 'answer ']) {
          second.write(part);
          await once(first, 'data');
        }
        second.end('at last');
        assert.equal(await toEnd(first), 'at last');
      }
    });

    test('makes a sender wait for a slow reader, and holds little meanwhile', async (t) => {
      for (const order of ['client', 'upstream'] as const) {
        const { client, upstream, inner } = await joined(t, kind);
        const [sender, reader] = order === 'client' ? [client, upstream] : [upstream, client];
        reader.pause();
        const before = process.memoryUsage().arrayBuffers;
        const piece = Buffer.alloc(1 << 20, 'much ');
        const expected = createHash('sha256');
        for (let sent = 0; sent < MUCH; sent += piece.length) {
          sender.write(piece);
          expected.update(piece);
        }
        let waiting = MUCH;
        while (waiting !== sender.writableLength) {
          waiting = sender.writableLength;
          await delay(100);
        }
        assert.ok(waiting > MUCH / 2, `${waiting} bytes wait at the sender`);
        for (const socket of inner) assert.ok(socket.writableLength < MOST_HELD);
        const grown = process.memoryUsage().arrayBuffers - before;
        assert.ok(grown < 8 * MOST_HELD, `${grown} bytes more are held`);
        assert.equal(await digestOf(reader, MUCH), expected.digest('hex'));
      }
    });

    test('a side that breaks off takes the other with it', async (t) => {
      for (const order of ['client', 'upstream'] as const) {
        const { client, upstream, raw } = await joined(t, kind);
        const other = order === 'client' ? upstream : client;
        const gone = new Promise((resolve) => other.once('close', resolve));
        // Much is under way in both directions.
        client.write(Buffer.alloc(4 << 20));
        upstream.write(Buffer.alloc(4 << 20));
        other.resume();
        await once(other, 'data');
        if (order === 'client') raw.resetAndDestroy();
        else upstream.resetAndDestroy();
        await gone;
      }
    });
  });
}

interface Joined {
  readonly client: Socket;
  /** What carries the client's TLS, or the client itself. */
  readonly raw: Socket;
  readonly upstream: Socket;
  /** The gateway's ends. */
  readonly inner: readonly Socket[];
}

async function joined(t: TestContext, kind: Kind): Promise<Joined> {
  const upstreams = await listening(t, createServer({ allowHalfOpen: true }));
  const relay = new StreamRelay(
    {
      name: 'upstream',
      address: { kind: 'tcp', host: '127.0.0.1', port: upstreams.port },
      tls: null,
      connectTimeoutMs: 5000,
      idleTimeoutMs: 0,
      maxIdle: 0,
    },
    { idleMs: null, lifetimeMs: null },
    { upstreamFailed: (_, { detail }) => assert.fail(detail) },
  );
  const inner: Socket[] = [];
  const take = (socket: Socket): void => {
    inner.push(socket);
    relay.join(socket, null, 'an id');
  };
  const arrived = once(upstreams.server, 'connection') as Promise<[Socket]>;
  const { client, raw } = await (kind === 'tls' ? tlsClient(t, take) : plainClient(t, take));
  const [upstream] = await arrived;
  for (const socket of [client, raw, upstream]) {
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  }
  return { client, raw, upstream, inner };
}

async function tlsClient(t: TestContext, take: (socket: Socket) => void) {
  const folder = await scenarioCertificates('messaging');
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const pair = { certPem: file('server.crt'), keyPem: file('server.key') };
  const { port } = await acceptingServer(
    t,
    { fallback: serverTls(pair, [], { mode: 'false' }) },
    (outcome) => {
      assert.ok(outcome.kind === 'established');
      take(outcome.socket);
    },
  );
  const raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const client = connectTls({ socket: raw, rejectUnauthorized: false });
  client.allowHalfOpen = true;
  await once(client, 'secureConnect');
  return { client, raw };
}

async function plainClient(t: TestContext, take: (socket: Socket) => void) {
  const { port } = await listening(t, createServer({ pauseOnConnect: true }, take));
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  return { client, raw: client };
}

async function listening(t: TestContext, server: Server) {
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Sends pieces of many sizes, each of its own bytes, and reads them with breaks. */
async function carries(from: Socket, to: Socket, seed: number): Promise<void> {
  const pieces = Array.from({ length: 300 }, (_, count) => {
    const size = [1, 64, 1000, 16_384, 16_384, 70_000, 5000][(count * 5 + seed) % 7] ?? 0;
    return Buffer.alloc(size, `${seed}:${count};`);
  });
  const all = Buffer.concat(pieces);
  const received = digestOf(to, all.length);
  for (const [count, piece] of pieces.entries()) {
    from.write(piece);
    if (count % 10 === 0) await new Promise(setImmediate);
  }
  assert.equal(await received, digest(all));
}

/** The digest of the next `length` bytes. */
function digestOf(socket: Socket, length: number): Promise<string> {
  const hash = createHash('sha256');
  let left = length;
  return new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error(`closed with ${left} bytes to come`)));
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      left -= chunk.length;
      if (left <= 0) return resolve(hash.digest('hex'));
      if (chunk.length % 3 > 0) return;
      socket.pause();
      setImmediate(() => socket.resume());
    });
    socket.resume();
  });
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads on to the end; unlike an iteration it leaves the socket open for writing. */
async function toEnd(socket: Socket): Promise<string> {
  let received = '';
  const add = (bytes: Buffer): void => {
    received += bytes.toString();
  };
  socket.on('data', add);
  await once(socket, 'end');
  socket.off('data', add);
  return received;
}
