import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { type TestContext, test } from 'node:test';
import { closeGently, LINGER_MS } from './linger.ts';

/** A connection to a server that does `serve` with its end. */
async function connection(
  t: TestContext,
  serve: (socket: net.Socket) => void,
): Promise<net.Socket> {
  const listener = net.createServer({ allowHalfOpen: false }, (socket) => {
    t.after(() => socket.destroy());
    serve(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as net.AddressInfo;
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => client.destroy());
  return client;
}

test('the last answer arrives though the client has sent what nobody reads', async (t) => {
  const client = await connection(t, (socket) => {
    socket.once('data', () => {
      socket.pause();
      setTimeout(() => closeGently(socket, Buffer.from('the answer')), 50);
    });
  });
  let reset = false;
  client.on('error', () => (reset = true));
  client.write(Buffer.alloc(100_000));
  let received = '';
  client.on('data', (chunk: Buffer) => (received += chunk.toString()));
  await once(client, 'end');
  client.end();
  await once(client, 'close');
  assert.equal(received, 'the answer');
  assert.equal(reset, false);
});

test('a client that stays is cut after the linger time', async (t) => {
  let closedAfter = 0;
  const closed = Promise.withResolvers<void>();
  const client = await connection(t, (socket) => {
    const begun = performance.now();
    socket.on('close', () => {
      closedAfter = performance.now() - begun;
      closed.resolve();
    });
    closeGently(socket);
  });
  client.resume();
  await closed.promise;
  assert.ok(closedAfter >= LINGER_MS - 5, `${closedAfter} ms`);
});

test('a client that goes on sending is cut at a bound', async (t) => {
  let read = 0;
  const closed = Promise.withResolvers<void>();
  const client = await connection(t, (socket) => {
    socket.on('close', () => {
      read = socket.bytesRead;
      closed.resolve();
    });
    closeGently(socket);
  });
  client.on('error', () => {});
  const send = () => {
    while (!client.destroyed && client.write(Buffer.alloc(65_536))) {
      // Until the socket is full.
    }
  };
  client.on('drain', send);
  client.resume();
  send();
  await closed.promise;
  assert.ok(read < 1_000_000, `${read} bytes`);
});

test('does nothing to a socket that is gone', async (t) => {
  const client = await connection(t, () => {});
  client.destroy();
  closeGently(client, Buffer.from('x'));
  assert.equal(client.listenerCount('data'), 0);
});
