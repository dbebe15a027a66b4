import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHttpGateway, type HttpGateway } from '../../../test/support/http-gateway.ts';
import { FLAG, FRAME, FrameClient, fieldBlock, frame } from '../../../test/support/http2-frames.ts';
import { type KeyPair, OpensslCa } from '../../../test/support/openssl-certificates.ts';
import type { Exchange } from './exchange.ts';
import type { HttpLimits } from './options.ts';

const GET = [':method', 'GET', ':scheme', 'https', ':authority', 'test.com', ':path', '/'];
const POST = [':method', 'POST', ...GET.slice(2)];
const ENHANCE_YOUR_CALM = 11;

let ca: OpensslCa;
let certificate: KeyPair;
before(() => {
  ca = new OpensslCa('ca');
  certificate = ca.issue('localhost', ['DNS:localhost']);
});
after(() => ca.remove());

describe('a request that HTTP/1.1 could not carry with one meaning never reaches an origin', () => {
  const withField = (name: string, value: string): string[] => [...GET, name, value];
  const cases: Record<string, readonly string[]> = {
    'a value with CR LF': withField('a', 'b\r\nX-Client-User: root'),
    'a value with NUL': withField('a', 'b\0c'),
    'a name in capitals': withField('A', 'b'),
    'a name with a space': withField('a b', 'c'),
    'a path with a space': GET.with(7, '/ HTTP/1.1'),
    'a path with CR LF': GET.with(7, '/\r\nX-Client-User: root'),
    'a method with CR LF': GET.with(1, 'GET / HTTP/1.1\r\nX:'),
    'an authority with CR LF': GET.with(5, 'test.com\r\nX: y'),
    'Transfer-Encoding': withField('transfer-encoding', 'chunked'),
    Connection: withField('connection', 'x-client-user'),
    Upgrade: withField('upgrade', 'websocket'),
    'a Host that disagrees': withField('host', 'other.com'),
    'two lengths': [...POST, 'content-length', '1', 'content-length', '2'],
    'a length without a body': withField('content-length', '5'),
    'no path': GET.slice(0, 6),
    'two paths': [':path', '/other', ...GET],
    CONNECT: [':method', 'CONNECT', ':authority', 'test.com:443'],
  };
  for (const [name, list] of Object.entries(cases)) {
    test(name, async (t) => {
      const { client, gateway } = await setup(t);
      client.request(1, list);
      client.request(3, GET);
      await client.next(FRAME.data, 3);
      assert.equal(gateway.exchanges.length, 1);
      for (const { request } of gateway.exchanges) assert.equal(request.fields, '');
      assert.equal(client.body(3), 'ok');
    });
  }
});

describe('a body', () => {
  for (const [name, length, pieces] of [
    ['longer than announced', 3, ['four', 'five']],
    ['shorter than announced', 30, ['four']],
  ] as const) {
    test(`${name} is never taken for whole`, async (t) => {
      const events: string[] = [];
      const { client, gateway } = await setup(t, (exchange) => collect(exchange, events));
      client.request(1, [...POST, 'content-length', String(length)], 0);
      while (gateway.exchanges.length === 0) await sleep(5);
      pieces.forEach((piece, i) => {
        const flags = i === pieces.length - 1 ? FLAG.endStream : 0;
        client.send(frame(FRAME.data, flags, 1, Buffer.from(piece)));
      });
      await client.next(FRAME.reset, 1);
      await sleep(20);
      assert.deepEqual(events, ['abort']);
    });
  }

  test('that ends in a reset, whatever its code, is never taken for whole', async (t) => {
    const events: string[] = [];
    const { client } = await setup(t, (exchange) => collect(exchange, events));
    client.request(1, POST, 0);
    client.send(frame(FRAME.data, 0, 1, Buffer.from('part')));
    await sleep(20);
    client.send(frame(FRAME.reset, 0, 1, Buffer.alloc(4)));
    await sleep(40);
    assert.deepEqual(events, ['abort']);
  });
});

test('a request that was reset in the same breath never reaches an origin', async (t) => {
  const { client, gateway } = await setup(t);
  const request = frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, fieldBlock(GET));
  client.send(request, frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, 8])));
  client.request(3, GET);
  await client.next(FRAME.data, 3);
  assert.equal(gateway.exchanges.length, 1);
});

test('what is on its way of a body that nobody wants any more is passed over', async (t) => {
  const { client, gateway } = await setup(t);
  client.request(1, POST, 0);
  const reset = await client.next(FRAME.reset, 1);
  assert.equal(reset?.payload.readUInt32BE(), 0);
  for (let i = 0; i < 6; i++) client.send(frame(FRAME.data, 0, 1, Buffer.alloc(16_384)));
  client.request(1, ['x-sum', '1']);
  client.request(3, GET);
  await client.next(FRAME.data, 3);
  assert.equal(gateway.exchanges.length, 2);
  assert.equal(client.frames.filter(({ type }) => type === FRAME.reset).length, 1);
});

test('a client that sends more of a body than its window loses the stream', async (t) => {
  const { client } = await setup(t, (exchange) => void exchange);
  client.request(1, POST, 0);
  for (let i = 0; i < 9; i++) client.send(frame(FRAME.data, 0, 1, Buffer.alloc(16_384)));
  const reset = await client.next(FRAME.reset, 1);
  assert.equal(reset?.payload.readUInt32BE(), 3);
});

test('a client that asks and never reads is not read for ever', async (t) => {
  const body = Buffer.alloc(10_000);
  const { client, gateway } = await setup(t, (exchange) => {
    const { length } = body;
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length } });
    exchange.write(body);
    exchange.end('');
  });
  const open = Buffer.alloc(4);
  open.writeUInt32BE(0x7000_0000);
  client.send(frame(FRAME.windowUpdate, 0, 0, open));
  client.socket.pause();
  let sent = 0;
  const much = (): Buffer[] =>
    Array.from({ length: 100 }, () => {
      sent++;
      const block = fieldBlock([...GET, 'x', 'y'.repeat(500)]);
      return frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, sent * 2 - 1, block);
    });
  while (client.socket.writable && sent < 90_000) {
    client.send(...much());
    await new Promise(setImmediate);
    if (client.socket.writableLength > 4 << 20) break;
  }
  assert.ok(client.socket.destroyed || sent < 90_000, `${sent} requests were read`);
  assert.ok(gateway.exchanges.length < 5000, `${gateway.exchanges.length} were answered`);
});

describe('a flood costs its connection', () => {
  test('of resets', async (t) => {
    const { client, gateway } = await setup(t, (exchange) => void exchange);
    for (let i = 0; i < 3000; i++) {
      client.request(i * 2 + 1, GET);
      client.send(frame(FRAME.reset, 0, i * 2 + 1, Buffer.from([0, 0, 0, 8])));
    }
    await refused(client);
    assert.ok(gateway.exchanges.length <= 300, `${gateway.exchanges.length} requests`);
  });

  test('of DATA of nothing, on a stream whose answer is over as well', async (t) => {
    const { client } = await setup(t);
    client.request(1, POST, 0);
    await client.next(FRAME.reset, 1);
    for (let i = 0; i < 1000; i++) client.send(frame(FRAME.data, 0, 1));
    await refused(client);
  });

  test('of CONTINUATION', async (t) => {
    const { client } = await setup(t);
    client.send(frame(FRAME.headers, 0, 1, fieldBlock(GET)));
    const more = fieldBlock(['a', 'b'.repeat(1000)]);
    for (let i = 0; i < 2000; i++) client.send(frame(FRAME.continuation, 0, 1, more));
    await refused(client);
  });

  test('of settings', async (t) => {
    const { client } = await setup(t);
    client.socket.pause();
    for (let i = 0; i < 20_000; i++) client.send(frame(FRAME.settings, 0, 0));
    client.socket.resume();
    await refused(client);
  });

  test('of pings', async (t) => {
    const { client } = await setup(t);
    client.socket.pause();
    const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    const pings = Buffer.concat(Array.from({ length: 1000 }, () => ping));
    for (let i = 0; i < 1000; i++) client.send(pings);
    client.socket.resume();
    await Promise.race([refused(client), sleep(1500)]);
    assert.ok(process.memoryUsage().rss < 500e6);
  });
});

test('more fields and longer ones than allowed are refused, and cost no request', async (t) => {
  const { client, gateway } = await setup(t);
  client.request(1, [...GET, ...Array.from({ length: 300 }, (_, i) => [`a${i}`, 'b']).flat()]);
  const wide = fieldBlock([...GET, 'a', 'b'.repeat(40_000)]);
  client.send(frame(FRAME.headers, FLAG.endStream, 3, wide.subarray(0, 16_000)));
  client.send(frame(FRAME.continuation, 0, 3, wide.subarray(16_000, 32_000)));
  client.send(frame(FRAME.continuation, FLAG.endHeaders, 3, wide.subarray(32_000)));
  client.request(5, GET);
  await client.next(FRAME.data, 5);
  assert.equal(gateway.exchanges.length, 1);
});

test('more streams than allowed are refused', async (t) => {
  const { client, gateway } = await setup(t, (exchange) => void exchange);
  for (let i = 0; i < 200; i++) client.request(i * 2 + 1, GET);
  assert.ok((await client.next(FRAME.reset, 399)) !== null);
  assert.equal(gateway.exchanges.length, 128);
});

test('a window of one byte makes the origin wait, and the connection can still be used', async (t) => {
  let accepted = 0;
  const answerMuch = (exchange: Exchange): void => {
    if (exchange.request.path === '/') return answer(exchange);
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
    while (exchange.write(Buffer.alloc(4096))) accepted++;
  };
  const { client } = await setup(t, answerMuch, {}, [[4, 1]]);
  client.request(1, GET.with(7, '/much'));
  await client.next(FRAME.data, 1);
  assert.ok(accepted < 100);
  assert.equal(client.body(1).length, 1);
  client.request(3, GET);
  assert.ok((await client.next(FRAME.headers, 3)) !== null);
});

test('a head that never ends, and a client that says nothing, are closed after the idle time', async (t) => {
  const { client } = await setup(t, answer, { idleTimeoutMs: 100, headTimeoutMs: 100 });
  client.send(frame(FRAME.headers, 0, 1, fieldBlock(GET)));
  await client.next(FRAME.goaway, 0);
  const { client: silent } = await setup(t, answer, { idleTimeoutMs: 100, headTimeoutMs: 100 });
  await silent.closed;
});

test('bytes that are no HTTP/2 close the connection', async (t) => {
  const { client } = await setup(t);
  client.send(Buffer.from('GET / HTTP/1.1\r\nHost: test.com\r\n\r\n'));
  await client.closed;
});

function answer(exchange: Exchange): void {
  exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length: 2 } });
  exchange.write(Buffer.from('ok'));
  exchange.end('');
}

function collect(exchange: Exchange, events: string[]): void {
  exchange.receiveBody({
    data: () => true,
    end: () => events.push('end'),
    abort: () => events.push('abort'),
  });
}

/** The connection was ended for it: GOAWAY with ENHANCE_YOUR_CALM or a protocol error, or a close. */
async function refused(client: FrameClient): Promise<void> {
  const goaway = await client.next(FRAME.goaway, 0);
  if (goaway === null) return;
  const code = goaway.payload.readUInt32BE(4);
  assert.ok(code === ENHANCE_YOUR_CALM || code === 1 || code === 2, `GOAWAY ${code}`);
  await client.closed;
}

async function setup(
  t: TestContext,
  handle: (exchange: Exchange) => void = answer,
  limits: Partial<HttpLimits> = {},
  settings: readonly (readonly [number, number])[] = [],
): Promise<{ client: FrameClient; gateway: HttpGateway }> {
  const gateway = await startHttpGateway(t, certificate, { handle }, limits);
  return { client: await FrameClient.open(t, gateway.port, settings), gateway };
}
