import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHttpGateway, type HttpGateway } from '../../../test/support/http-gateway.ts';
import { FLAG, FRAME, FrameClient, frame } from '../../../test/support/http2-frames.ts';
import { type KeyPair, OpensslCa } from '../../../test/support/openssl-certificates.ts';
import type { Exchange } from './exchange.ts';
import type { HttpLimits } from './options.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':authority', 'test.com', ':path', '/'];
const POST = [':method', 'POST', ...GET.slice(2)];
const INITIAL_WINDOW = 4;
const MAX_WINDOW = 0x7fff_ffff;

let ca: OpensslCa;
let certificate: KeyPair;
before(() => {
  ca = new OpensslCa('ca');
  certificate = ca.issue('localhost', ['DNS:localhost']);
});
after(() => ca.remove());

describe('a request body of which nothing comes', { concurrency: true }, () => {
  test('is given up: 408, its receiver is told, and the connection goes on', async (t) => {
    const events: string[] = [];
    const { client } = await setup(t, collectOr(answer, events), { stallTimeoutMs: 100 });
    client.request(1, POST, 0);
    client.send(frame(FRAME.data, 0, 1, Buffer.from('part')));
    await client.next(FRAME.data, 1);
    assert.match(client.body(1), /"status":408/);
    await count(events, 2);
    assert.deepEqual(events, ['part', 'abort']);
    client.request(3, GET);
    await client.next(FRAME.data, 3);
    assert.equal(client.body(3), 'ok');
  });

  test('is waited for as long as something comes', async (t) => {
    const events: string[] = [];
    const { client } = await setup(t, collectOr(answer, events), { stallTimeoutMs: 1500 });
    client.request(1, POST, 0);
    for (let i = 0; i < 8; i++) {
      client.send(frame(FRAME.data, i === 7 ? FLAG.endStream : 0, 1, Buffer.from('x')));
      await sleep(300);
    }
    await count(events, 9);
    assert.deepEqual(events, [...Array.from({ length: 8 }, () => 'x'), 'end']);
  });

  test('is waited for while it is its receiver that asked for a pause', async (t) => {
    const events: string[] = [];
    const paused = Promise.withResolvers<Exchange>();
    const { client } = await setup(
      t,
      (exchange) =>
        exchange.receiveBody({
          data: (bytes) => {
            events.push(String(bytes));
            paused.resolve(exchange);
            return events.length > 1;
          },
          end: () => events.push('end'),
          abort: () => events.push('abort'),
        }),
      { stallTimeoutMs: 100 },
    );
    client.request(1, POST, 0);
    client.send(frame(FRAME.data, 0, 1, Buffer.from('a')));
    const exchange = await paused.promise;
    client.send(frame(FRAME.data, FLAG.endStream, 1, Buffer.from('b')));
    await sleep(300);
    exchange.resumeBody();
    await count(events, 3);
    assert.deepEqual(events, ['a', 'b', 'end']);
  });

  test('is between client and origin once there is an answer, as in a call both ways', async (t) => {
    const events: string[] = [];
    const { client } = await setup(
      t,
      (exchange) => {
        collectOr(answer, events)(exchange);
        exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
      },
      { stallTimeoutMs: 100 },
    );
    client.request(1, POST, 0);
    await sleep(400);
    client.send(frame(FRAME.data, FLAG.endStream, 1, Buffer.from('late')));
    await count(events, 2);
    assert.deepEqual(events, ['late', 'end']);
  });
});

describe('an answer of which nothing is taken', { concurrency: true }, () => {
  test('is given up, its origin is told, and the connection goes on', async (t) => {
    const closed = Promise.withResolvers<void>();
    const limits = { stallTimeoutMs: 150 };
    const { client } = await setup(t, muchOr(answer, closed.resolve), limits, [
      [INITIAL_WINDOW, 1],
    ]);
    client.request(1, GET.with(7, '/much'));
    await client.next(FRAME.reset, 1);
    await closed.promise;
    assert.equal(client.body(1).length, 1);
    client.request(3, GET);
    assert.notEqual(await client.next(FRAME.headers, 3), null);
  });

  test('is given up as well where its origin has done with it', async (t) => {
    const { client } = await setup(t, answer, { stallTimeoutMs: 150 }, [[INITIAL_WINDOW, 1]]);
    client.request(1, GET);
    await client.next(FRAME.reset, 1);
    assert.equal(client.body(1), 'o');
  });

  test('is given up where a byte is taken now and then: a piece of it has to go in time', async (t) => {
    const closed = Promise.withResolvers<void>();
    const limits = { stallTimeoutMs: 1000 };
    const { client } = await setup(t, muchOr(answer, closed.resolve), limits, [
      [INITIAL_WINDOW, 1],
    ]);
    client.request(1, GET.with(7, '/much'));
    const increment = Buffer.from([0, 0, 0, 1]);
    const drip = setInterval(() => client.send(frame(FRAME.windowUpdate, 0, 1, increment)), 5);
    await client.next(FRAME.reset, 1);
    await closed.promise;
    clearInterval(drip);
    assert.ok(client.body(1).length > 1);
  });

  test('because nothing is read costs the connection', async (t) => {
    const windows = [[INITIAL_WINDOW, MAX_WINDOW]] as const;
    const closed = Promise.withResolvers<void>();
    const limits = { stallTimeoutMs: 150 };
    const { client, gateway } = await setup(t, muchOr(answer, closed.resolve), limits, windows);
    client.send(frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0])));
    client.socket.pause();
    client.request(1, GET.with(7, '/much'));
    await closed.promise;
    while (gateway.connections.size > 0) await sleep(10);
  });

  test('goes on where the connection is slow but moves', async (t) => {
    const windows = [[INITIAL_WINDOW, MAX_WINDOW]] as const;
    const length = 32 * 1024 * 1024;
    const { client } = await setup(
      t,
      (exchange) => {
        exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length } });
        exchange.write(Buffer.alloc(length));
        exchange.end('');
      },
      { stallTimeoutMs: 2000 },
      windows,
    );
    client.send(frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0])));
    client.request(1, GET);
    client.socket.removeAllListeners('data');
    let received = 0;
    let rest = 0;
    client.socket.on('data', (bytes: Buffer) => {
      received += bytes.length;
      rest += bytes.length;
      if (rest < 2 * 1024 * 1024) return;
      rest = 0;
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 200);
    });
    const giveUp = performance.now() + 30_000;
    while (received < length) {
      assert.ok(performance.now() < giveUp && !client.socket.destroyed, `${received} bytes`);
      await sleep(20);
    }
  });
});

describe('a connection', { concurrency: true }, () => {
  test('ends after as many requests as it may carry, and those are answered', async (t) => {
    const { client, gateway } = await setup(t, answer, { maxRequests: 3 });
    for (let i = 0; i < 20; i++) client.request(i * 2 + 1, GET);
    const goaway = await client.next(FRAME.goaway, 0);
    await client.closed;
    assert.equal(goaway?.payload.readUInt32BE(0), 5, 'the last request that counts');
    assert.equal(gateway.exchanges.length, 3);
    for (const stream of [1, 3, 5]) assert.equal(client.body(stream), 'ok');
  });

  test('takes no requests that are sent after it has said so', async (t) => {
    const waiting: Exchange[] = [];
    const limits = { maxRequests: 1 };
    const { client, gateway } = await setup(t, (it) => waiting.push(it), limits);
    client.request(1, GET);
    await client.next(FRAME.goaway, 0);
    for (let i = 1; i < 20; i++) client.request(i * 2 + 1, GET);
    await sleep(50);
    assert.equal(gateway.exchanges.length, 1);
    for (const exchange of waiting) answer(exchange);
    await client.closed;
    assert.equal(client.body(1), 'ok');
  });

  test('ends at the end of its lifetime, after what is under way', async (t) => {
    const waiting: Exchange[] = [];
    const { client } = await setup(t, (it) => waiting.push(it), { lifetimeMs: 300 });
    client.request(1, GET);
    const goaway = await client.next(FRAME.goaway, 0);
    assert.equal(goaway?.payload.readUInt32BE(4), 0);
    for (const exchange of waiting) answer(exchange);
    await client.closed;
    assert.equal(client.body(1), 'ok');
  });

  test('on which nothing is asked for ends, busy as its client is with other things', async (t) => {
    const { client } = await setup(t, answer, { headTimeoutMs: 100, idleTimeoutMs: 100 });
    const ping = setInterval(() => client.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8))), 30);
    await client.closed;
    clearInterval(ping);
  });

  test('whose client measures the way by pings while it is busy goes on', async (t) => {
    const { client } = await setup(t, answer, {});
    for (let i = 0; i < 2500; i++) {
      client.request(i * 2 + 1, GET);
      client.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
      if (i % 50 === 49) await client.next(FRAME.data, i * 2 + 1);
    }
    assert.equal(client.body(4999), 'ok');
  });

  test('whose client has ended its side, and keeps it, is closed', async (t) => {
    const { client, gateway } = await setup(t, answer, { idleTimeoutMs: 100 });
    client.socket.allowHalfOpen = true;
    client.request(1, GET);
    await client.next(FRAME.data, 1);
    client.socket.end();
    while (gateway.connections.size > 0) await sleep(10);
  });

  test('whose client takes its time to leave after goodbye is closed', async (t) => {
    const { client, gateway } = await setup(t, answer, { idleTimeoutMs: 100 });
    client.socket.allowHalfOpen = true;
    client.request(1, GET);
    await client.next(FRAME.goaway, 0);
    if (!client.socket.readableEnded) await once(client.socket, 'end');
    while (gateway.connections.size > 0) await sleep(10);
  });
});

function answer(exchange: Exchange): void {
  exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length: 2 } });
  exchange.write(Buffer.from('ok'));
  exchange.end('');
}

/** Waits until so much has happened, for as long as a busy machine may take. */
async function count(events: readonly string[], expected: number): Promise<void> {
  const giveUp = performance.now() + 10_000;
  while (events.length < expected && performance.now() < giveUp) await sleep(10);
}

/** Answers /much without an end; `closed` hears that the client is gone. */
function muchOr(otherwise: (exchange: Exchange) => void, closed: () => void) {
  return (exchange: Exchange): void => {
    if (exchange.request.path !== '/much') return otherwise(exchange);
    exchange.onClose = closed;
    exchange.onDrain = () => {
      while (exchange.write(Buffer.alloc(4096)));
    };
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
    exchange.onDrain();
  };
}

/** Notes what becomes of the bodies of POST. */
function collectOr(otherwise: (exchange: Exchange) => void, events: string[]) {
  return (exchange: Exchange): void => {
    if (exchange.request.method !== 'POST') return otherwise(exchange);
    exchange.receiveBody({
      data: (bytes) => events.push(String(bytes)) > 0,
      end: () => events.push('end'),
      abort: () => events.push('abort'),
    });
  };
}

async function setup(
  t: TestContext,
  handle: (exchange: Exchange) => void,
  limits: Partial<HttpLimits>,
  settings: readonly (readonly [number, number])[] = [],
): Promise<{ client: FrameClient; gateway: HttpGateway }> {
  const gateway = await startHttpGateway(t, certificate, { handle }, limits);
  return { client: await FrameClient.open(t, gateway.port, settings), gateway };
}
