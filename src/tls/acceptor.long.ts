// Clients of every kind by the thousand: nothing throws, nothing is left behind.
import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptingServer, serverTls } from '../../test/support/accepting-server.ts';
import { heldMemory } from '../../test/support/held-memory.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { connectTls } from '../../test/support/tls-client.ts';
import type { HandshakeOutcome } from './acceptor.ts';
import { SessionMemory } from './session-store.ts';

const ca = new OpensslCa('my-ca');
const otherCa = new OpensslCa('other-ca');
after(() => {
  ca.remove();
  otherCa.remove();
});
const server = ca.issue('localhost', ['DNS:localhost']);
const pairs = [undefined, ca.issue('alice', []), otherCa.issue('mallory', [])];

function pick<T>(list: readonly T[]): T {
  return list[randomInt(list.length)];
}

/** Plain bytes, some of them a broken hello, and one of several ways to leave. */
async function rawClient(port: number, hello: Buffer): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect').catch(() => {});
  const damaged = Buffer.from(hello);
  damaged[randomInt(damaged.length)] = randomInt(256);
  const bytes = pick([
    randomBytes(randomInt(1, 3000)),
    hello.subarray(0, randomInt(1, hello.length)),
    damaged,
    Buffer.concat([hello, randomBytes(randomInt(1, 200))]),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ]);
  const cut = randomInt(bytes.length);
  socket.write(bytes.subarray(0, cut));
  if (randomInt(2) === 0) await sleep(randomInt(5));
  if (!socket.destroyed) socket.write(bytes.subarray(cut));
  if (randomInt(2) === 0) await sleep(randomInt(20));
  const leave = pick(['end', 'destroy', 'resetAndDestroy'] as const);
  socket[leave]();
  if (!socket.closed) await once(socket, 'close').catch(() => {});
}

async function tlsClient(port: number, session: Buffer | null): Promise<Buffer | null> {
  const seen = await connectTls(port, {
    pair: pick(pairs),
    version: pick(['TLSv1.2', 'TLSv1.3'] as const),
    ...(session !== null && randomInt(2) === 0 && { session }),
    ...(randomInt(3) === 0 && { leaveAfterMs: randomInt(20) }),
    ...(randomInt(3) === 0 && { send: randomBytes(randomInt(1, 50_000)) }),
  });
  return seen.session;
}

test('6,000 clients of every kind leave nothing behind', { timeout: 300_000 }, async (t) => {
  const causes = new Map<string, number>();
  const count = (outcome: HandshakeOutcome) => {
    // It would be kept for whoever asks.
    void accepting.next();
    const name = outcome.kind === 'failed' ? `${outcome.record.cause}` : outcome.verdict.kind;
    causes.set(name, (causes.get(name) ?? 0) + 1);
    if (outcome.kind === 'failed') return;
    outcome.allowResumption();
    outcome.socket.on('error', () => {});
    const end = pick(['end', 'destroy'] as const);
    setTimeout(() => outcome.socket[end](), randomInt(10));
    outcome.socket.resume();
  };
  const fallback = serverTls(server, [ca.root.certPem]);
  // Full after the first of them: sessions are meant to be kept.
  const sessions = new SessionMemory({ maxBytes: 256 * 1024 });
  const accepting = await acceptingServer(t, { fallback, timeoutMs: 300 }, count, sessions);
  const listener = net.createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  void connectTls((listener.address() as net.AddressInfo).port);
  const [caught] = (await once(listener, 'connection')) as [net.Socket];
  const [hello] = (await once(caught, 'data')) as [Buffer];
  caught.destroy();
  listener.close();

  const run = async (clients: number): Promise<void> => {
    let session: Buffer | null = null;
    for (let done = 0; done < clients; done += 1) {
      if (randomInt(2) === 0) await rawClient(accepting.port, hello);
      else session = (await tlsClient(accepting.port, session)) ?? session;
    }
  };
  const many = (clients: number) =>
    Promise.all(Array.from({ length: 20 }, () => run(clients / 20)));
  const settle = async (): Promise<number> => {
    await sleep(3000);
    return heldMemory();
  };
  await many(2000);
  const before = await settle();
  const resources = process.getActiveResourcesInfo().length;
  await many(4000);
  const growth = (await settle()) - before;
  assert.equal(accepting.acceptor.inFlight, 0);
  assert.ok(Math.abs(process.getActiveResourcesInfo().length - resources) < 5, 'handles are left');
  t.diagnostic(`${growth} bytes more are held`);
  assert.ok(growth < 6_000_000, `${growth} bytes more are held`);
  for (const kind of ['verified', 'failed', 'no-certificate', 'client-closed', 'malformed']) {
    assert.ok((causes.get(kind) ?? 0) > 20, `${kind}: ${causes.get(kind)}`);
  }
  t.diagnostic(JSON.stringify([...causes]));
});
