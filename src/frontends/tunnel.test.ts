import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tunnel } from './tunnel.ts';

test('each direction ends by itself', async (t) => {
  const { left, right, isClosed } = await joined(t);
  left.end('question');
  assert.equal(await toEnd(right), 'question');
  assert.equal(isClosed(), false);
  right.write('a slow ');
  await sleep(10);
  right.end('answer');
  assert.equal(await toEnd(left), 'a slow answer');
  await sleep(10);
  assert.equal(isClosed(), true);
});

test('a side that breaks off takes the other with it', async (t) => {
  const { left, right, isClosed } = await joined(t);
  right.on('error', () => {});
  left.write('part');
  await once(right, 'data');
  left.resetAndDestroy();
  await once(right, 'end');
  assert.equal(isClosed(), true);
});

test('a side that reads slowly makes the other wait', async (t) => {
  const { left, right } = await joined(t);
  right.pause();
  let written = 0;
  const piece = Buffer.alloc(1 << 20);
  for (; written < 48; written++) left.write(piece);
  await sleep(50);
  assert.ok(left.writableLength > 8 << 20, `${left.writableLength} bytes wait at the sender`);
  left.end();
  let received = 0;
  right.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  right.resume();
  await once(right, 'end');
  assert.equal(received, written << 20);
});

/** Reads on to the end; unlike an iteration it leaves the socket open for writing. */
async function toEnd(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (bytes: Buffer) => {
    received += bytes.toString();
  });
  await once(socket, 'end');
  return received;
}

interface Joined {
  readonly left: Socket;
  readonly right: Socket;
  readonly isClosed: () => boolean;
}

/** Two sockets of the test with a tunnel between them. */
async function joined(t: TestContext): Promise<Joined> {
  const inner: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    inner.push(socket);
    server.emit('joined');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const dial = async (): Promise<Socket> => {
    const arrived = once(server, 'joined');
    const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
    await arrived;
    return socket;
  };
  const left = await dial();
  const right = await dial();
  const [a, b] = inner;
  assert.ok(a !== undefined && b !== undefined);
  let closed = false;
  tunnel(a, b, () => {
    closed = true;
  });
  t.after(() => {
    for (const socket of [left, right, a, b]) socket.destroy();
    server.close();
  });
  return { left, right, isClosed: () => closed };
}
