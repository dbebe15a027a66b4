import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Http1Site } from '../../../test/support/http1-peer.ts';
import type { BodyReceiver, Exchange } from './exchange.ts';
import type { Slab } from '../slab.ts';

const LARGE = 300_000;

test('what a receiver does not want yet of a slab is kept apart from it', async () => {
  const pieces: string[] = [];
  let inSlab = 0;
  let exchange: Exchange | null = null;
  let paused: Buffer | null = null;
  const receiver = {
    data(bytes: Buffer) {
      pieces.push(bytes.toString('latin1'));
      return true;
    },
    dataInSlab(bytes: Buffer, slab: Slab) {
      assert.ok(slab.rest.buffer === bytes.buffer);
      inSlab += bytes.length;
      pieces.push(bytes.toString('latin1'));
      if (paused !== null) return true;
      paused = bytes;
      return false;
    },
  };
  using site = await Http1Site.listen((asked) => {
    exchange = asked;
    receiveAll(asked, receiver);
  });
  const client = await site.client();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  let sent = '';
  for (let count = 0; sent.length < LARGE; count += 1) {
    const text = `${count};`.repeat(1000);
    sent += text;
    client.send(`${text.length.toString(16)}\r\n${text}\r\n`);
  }
  client.send('0\r\n\r\n');
  while (paused === null) await once(site.sockets[0] ?? assert.fail(), 'pause');
  await new Promise(setImmediate);
  // As a later read would.
  new Uint8Array((paused as Buffer).buffer).fill(0);
  (exchange as Exchange | null)?.resumeBody();
  await client.expect('200');
  assert.ok(inSlab > 0);
  assert.equal(pieces.join(''), sent);
});

test('a receiver that knows of no slab is given bytes to keep', async () => {
  const pieces: Buffer[] = [];
  using site = await Http1Site.listen((asked) =>
    receiveAll(asked, { data: (bytes) => pieces.push(bytes) > 0 }),
  );
  const client = await site.client();
  const bodies = ['a', 'b'].map((character) => character.repeat(LARGE));
  for (const body of bodies) {
    client.received = '';
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n${body}`);
    await client.expect('200');
  }
  assert.equal(pieces.join(''), bodies.join(''));
});

test('requests and a tunnel that follow a large body on its connection are read as ever', async () => {
  const seen: string[] = [];
  using site = await Http1Site.listen((asked) => {
    seen.push(`${asked.request.method} ${asked.request.path}`);
    if (asked.request.upgrade === null) return receiveAll(asked, { data: () => true });
    const head = { status: 101, reason: 'Switching Protocols', fields: '' } as const;
    const end = asked.upgrade({ ...head, body: { kind: 'none', length: null } });
    assert.ok(end !== null);
    end.socket.write(`early: ${end.early.toString('latin1')};`);
    end.socket.on('data', (bytes: Buffer) =>
      end.socket.write(`then: ${bytes.toString('latin1')};`),
    );
    end.socket.resume();
  });
  const client = await site.client();
  const large = `POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n${'x'.repeat(LARGE)}`;
  const small = 'GET /small HTTP/1.1\r\nHost: a\r\n\r\n';
  client.send(large + small + small + large);
  await client.expect(/(?:200[^]*){4}/);
  client.send(
    'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\nhello',
  );
  await client.expect('early: hello;');
  client.send('hello again');
  await client.expect('then: hello again;');
  assert.deepEqual(seen, ['POST /large', 'GET /small', 'GET /small', 'POST /large', 'GET /chat']);
});

/** Answers 200 once the body is there. */
function receiveAll(exchange: Exchange, receiver: Pick<BodyReceiver, 'data' | 'dataInSlab'>): void {
  exchange.receiveBody({
    ...receiver,
    end: () => {
      exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'none', length: 0 } });
      exchange.end('');
    },
    abort: () => {},
  });
}
