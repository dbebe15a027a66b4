import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test, type TestContext } from 'node:test';
import { listenRaw } from '../../test/support/raw-listener.ts';
import { RawConnection, type RawReader } from './raw-connection.ts';

/** Both ends of a connection, the accepted one raw. */
async function rawPair(t: TestContext): Promise<{ raw: RawConnection; client: net.Socket }> {
  const accepted = Promise.withResolvers<RawConnection>();
  const listener = await listenRaw(t, accepted.resolve);
  const client = net.connect((listener.address() as net.AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  t.after(() => client.destroy());
  return { raw: await accepted.promise, client };
}

function reader(events: string[], next: () => void): RawReader {
  return {
    received(bytes) {
      events.push(bytes.toString());
      next();
    },
    ended(error) {
      events.push(error === null ? 'ended' : `failed: ${error.code}`);
      next();
    },
  };
}

test('it knows who has connected', async (t) => {
  const { raw, client } = await rawPair(t);
  assert.equal(raw.remoteAddress, '127.0.0.1');
  assert.equal(raw.remotePort, client.localPort);
});

test('what comes is given to its reader, and so is its end', async (t) => {
  const { raw, client } = await rawPair(t);
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    raw.read(reader(events, () => (events.length === 2 ? resolve() : client.end())));
    client.write('hello');
  });
  assert.deepEqual(events, ['hello', 'ended']);
  assert.equal(raw.isClosed, false);
});

test('a reset is told by its name', async (t) => {
  const { raw, client } = await rawPair(t);
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    raw.read(reader(events, resolve));
    client.resetAndDestroy();
  });
  assert.deepEqual(events, ['failed: ECONNRESET']);
});

test('what comes while nobody reads waits for the socket that is made of it', async (t) => {
  const { raw, client } = await rawPair(t);
  const events: string[] = [];
  await new Promise<void>((resolve) => {
    raw.read(reader(events, resolve));
    client.write('first');
  });
  raw.stopReading();
  client.end('second');
  const socket = raw.toSocket();
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.equal(bytes.toString(), 'second');
  assert.deepEqual(events, ['first']);
});

for (const by of ['itself', 'its socket'] as const) {
  test(`closed by ${by} it tells who watches once, and what moved on it`, async (t) => {
    const { raw, client } = await rawPair(t);
    let told = 0;
    const unwanted = (): void => assert.fail('told who watches no more');
    raw.watch(unwanted);
    raw.unwatch(unwanted);
    const closed = new Promise<void>((resolve) => {
      raw.watch(() => {
        told++;
        resolve();
      });
    });
    await new Promise<void>((resolve) => {
      raw.read(reader([], resolve));
      client.write('12345');
    });
    raw.write(Buffer.from('123'));
    if (by === 'its socket') raw.toSocket().destroy();
    else raw.destroy();
    assert.equal(raw.isClosed, true);
    raw.destroy();
    await closed;
    await once(client.resume(), 'close');
    assert.equal(told, 1);
    assert.deepEqual([raw.bytesRead, raw.bytesWritten], [5, 3]);
  });
}

test('a socket of it that is closed has told everybody, and leads to nobody', async (t) => {
  const { raw } = await rawPair(t);
  const socket = raw.toSocket();
  const told: string[] = [];
  socket.on('close', () => told.push('first'));
  socket.once('close', () => told.push('second'));
  socket.on('data', () => told.push('data'));
  socket.destroy();
  await once(socket, 'close');
  assert.deepEqual(told, ['first', 'second']);
  const left = socket.eventNames().map((name) => [name, socket.listenerCount(name)]);
  assert.deepEqual(left, [['error', 1]]);
  // An error that nobody expects harms nobody.
  assert.equal(socket.write('nobody reads it'), false);
  socket.emit('error', new Error('late'));
});

test('of a socket that is closed there is none', () => {
  assert.equal(RawConnection.of(new net.Socket().destroy()), null);
});
