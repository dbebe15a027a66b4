// Memory is read into again and again: whatever waits to be written must not be overwritten.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsClient } from '../../test/support/nats-client.ts';
import { NatsFront, ScriptedNats } from '../../test/support/nats-front.ts';
import { needs } from '../../test/support/programs.ts';
import { Slab } from './slab.ts';

const USERS = { 'derek@nats.io': {} };

/** Messages of many sizes, each of its own bytes. */
function messages(seed: number, verb: 'PUB foo' | 'MSG foo 1'): Buffer {
  const parts: Buffer[] = [];
  for (let count = 0; count < 400; count += 1) {
    const size = [0, 10, 900, 1024, 5000, 16_384, 40_000][(count * 5 + seed) % 7] ?? 0;
    const body = Buffer.alloc(size, `${seed}:${count};`);
    parts.push(Buffer.from(`${verb} ${size}\r\n`), body, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest of the next `length` bytes, which are taken slowly and with breaks. */
async function readSlowly({ socket }: NatsClient, length: number): Promise<string> {
  const hash = createHash('sha256');
  let left = length;
  let chunks = 0;
  socket.pause();
  socket.removeAllListeners('data');
  const done = new Promise<void>((resolve, reject) => {
    socket.on('close', () => reject(new Error(`closed with ${left} bytes to come`)));
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      left -= chunk.length;
      if (left <= 0) resolve();
      chunks += 1;
      if (chunks % 16 > 0) return;
      socket.pause();
      setImmediate(() => socket.resume());
    });
  });
  await delay(100);
  socket.resume();
  await done;
  assert.equal(left, 0);
  return hash.digest('hex');
}

describe('what is read in bulk', needs('openssl'), () => {
  test('comes unharmed to peers that take it slowly, both ways, on connections side by side', async (t) => {
    const scripted = await ScriptedNats.start(
      t,
      'INFO {"server_id":"N","proto":1,"headers":true,"max_payload":1048576}\r\n',
    );
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, users: USERS });
    const pairs: { client: NatsClient; upstream: NatsClient }[] = [];
    for (let count = 0; count < 4; count += 1) {
      const client = await front.client();
      const upstream = await scripted.next();
      client.send('CONNECT {}\r\n');
      await upstream.read(/^CONNECT .*\r\n/);
      pairs.push({ client, upstream });
    }
    await Promise.all(
      pairs.map(async ({ client, upstream }, seed) => {
        const [published, delivered] = [messages(seed, 'PUB foo'), messages(seed, 'MSG foo 1')];
        client.send(published);
        upstream.send(delivered);
        const [there, back] = await Promise.all([
          readSlowly(upstream, published.length),
          readSlowly(client, delivered.length),
        ]);
        assert.equal(there, digest(published));
        assert.equal(back, digest(delivered));
      }),
    );
  });

  test('goes on where no slab is to be had', async (t) => {
    const taken: Slab[] = [];
    for (let slab = Slab.lease(); slab !== null; slab = Slab.lease()) taken.push(slab);
    t.after(() => {
      for (const slab of taken) slab.release();
    });
    const scripted = await ScriptedNats.start(t, 'INFO {"max_payload":1048576}\r\n');
    const front = await NatsFront.start(t, { upstreamPort: scripted.port, users: USERS });
    const client = await front.client();
    const upstream = await scripted.next();
    client.send('CONNECT {}\r\n');
    await upstream.read(/^CONNECT .*\r\n/);
    const published = messages(9, 'PUB foo');
    client.send(published);
    assert.equal(await readSlowly(upstream, published.length), digest(published));
  });
});

test('a slab is used again once it is released and all it holds is written', () => {
  const slab = Slab.lease();
  assert.ok(slab !== null);
  slab.fill(10);
  assert.equal(slab.take()?.length, 10);
  assert.equal(slab.take(), null);
  slab.beginWrite();
  slab.release();
  const other = Slab.lease();
  assert.notEqual(other, slab);
  slab.written();
  assert.equal(Slab.lease(), slab);
  slab.beginWrite();
  const next = slab.next();
  assert.notEqual(next, slab);
  slab.written();
  assert.equal(next?.next(), next);
});
