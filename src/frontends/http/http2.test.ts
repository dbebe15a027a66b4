import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { after, before, test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHttpGateway, type HttpGateway } from '../../../test/support/http-gateway.ts';
import { type KeyPair, OpensslCa } from '../../../test/support/openssl-certificates.ts';
import type { BodyReceiver, Exchange } from './exchange.ts';
import type { HttpLimits } from './options.ts';

let ca: OpensslCa;
let certificate: KeyPair;
before(() => {
  ca = new OpensslCa('ca');
  certificate = ca.issue('localhost', ['DNS:localhost']);
});
after(() => ca.remove());

test('an answer with a length, and one without', async (t) => {
  const { session } = await setup(t, (exchange) => {
    const isKnown = exchange.request.path === '/known';
    exchange.respond({
      status: 200,
      reason: 'OK',
      fields: 'X-Case: a\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nDate: d1\r\nDate: d2\r\n',
      body: isKnown ? { kind: 'length', length: 10 } : { kind: 'stream' },
    });
    exchange.write(Buffer.from('hello'));
    exchange.write(Buffer.from('world'));
    exchange.end('');
  });
  const known = await get(session, '/known');
  assert.equal(known.body, 'helloworld');
  assert.equal(known.headers['content-length'], '10');
  assert.equal(known.headers['x-case'], 'a');
  assert.deepEqual(known.headers['set-cookie'], ['a', 'b']);
  const unknown = await get(session, '/unknown');
  assert.equal(unknown.body, 'helloworld');
  assert.equal(unknown.headers['content-length'], undefined);
});

test('answers without a body: HEAD, 204, 304, and a length of 0', async (t) => {
  const { session } = await setup(t, (exchange) => {
    const status = Number(exchange.request.path.slice(1));
    const length = status === 204 ? null : 7;
    const body =
      status === 201
        ? ({ kind: 'length', length: 0 } as const)
        : ({ kind: 'none', length } as const);
    exchange.respond({ status, reason: '', fields: '', body });
    exchange.end('');
  });
  const lengths: unknown[] = [];
  for (const [method, path] of [
    ['HEAD', '/200'],
    ['GET', '/204'],
    ['GET', '/304'],
    ['GET', '/201'],
  ]) {
    const { headers, body } = await get(session, path, method);
    assert.equal(body, '');
    lengths.push(headers['content-length']);
  }
  assert.deepEqual(lengths, ['7', undefined, '7', '0']);
});

test('a body and trailers, both ways', async (t) => {
  const { session } = await setup(t, (exchange) => {
    let size = 0;
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
    exchange.receiveBody({
      data: (bytes) => {
        size += bytes.length;
        return exchange.write(bytes);
      },
      end: (trailers) => exchange.end(`X-Size: ${size}\r\nX-Seen: ${trailers.trim()}\r\n`),
      abort: () => {},
    });
    exchange.onDrain = () => exchange.resumeBody();
  });
  const stream = session.request(
    { ':method': 'POST' },
    { endStream: false, waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-client-sum': '9', 'x-user': 'me' }));
  const trailers = once(stream, 'trailers') as Promise<[Record<string, string>]>;
  const echoed = text(stream);
  const megabyte = 'x'.repeat(1 << 20);
  stream.write(megabyte);
  stream.end(megabyte);
  assert.equal((await echoed).length, 2 << 20);
  const [fields] = await trailers;
  assert.equal(fields['x-size'], String(2 << 20));
  assert.equal(fields['x-seen'], 'x-user: me');
});

test('100 is sent when the body is asked for, other interim answers when they come', async (t) => {
  const { session } = await setup(t, (exchange) => {
    exchange.interim(103, 'Link: </style.css>\r\n');
    assert.equal(exchange.request.expectsContinue, true);
    exchange.receiveBody({ data: () => true, end: () => answer(exchange), abort: () => {} });
  });
  const stream = session.request(
    { ':method': 'POST', expect: '100-continue' },
    { endStream: false },
  );
  const seen: unknown[] = [];
  stream.on('headers', (headers) => seen.push(headers[':status']));
  await once(stream, 'continue');
  stream.end('body');
  await once(stream, 'response');
  assert.deepEqual(new Set(seen), new Set([100, 103]));
});

test('an answer cut short resets the stream, and the others go on', async (t) => {
  const { session } = await setup(t, (exchange) => {
    if (exchange.request.path !== '/cut') return void setTimeout(() => answer(exchange), 50);
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length: 9 } });
    exchange.write(Buffer.from('part'));
    setTimeout(() => exchange.abort(), 10);
  });
  const other = get(session, '/');
  const stream = session.request({ ':path': '/cut' });
  stream.resume();
  await assert.rejects(once(stream, 'end'), /NGHTTP2_INTERNAL_ERROR/);
  assert.equal((await other).body, 'ok');
});

test('a body that is shorter or longer than announced is never sent as whole', async (t) => {
  const { session } = await setup(t, (exchange) => {
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length: 5 } });
    exchange.write(Buffer.from(exchange.request.path === '/long' ? 'sixsix' : 'four'));
    exchange.end('');
  });
  for (const path of ['/long', '/short']) {
    await assert.rejects(get(session, path), /NGHTTP2_INTERNAL_ERROR/);
  }
});

test('a client that resets a stream is gone for the origin, once', async (t) => {
  const events: string[] = [];
  const { session } = await setup(t, (exchange) => {
    exchange.onClose = () => events.push('close');
    exchange.receiveBody({
      data: () => true,
      end: () => events.push('end'),
      abort: () => events.push('abort'),
    });
  });
  const upload = session.request({ ':method': 'POST' }, { endStream: false });
  upload.on('error', () => {});
  upload.write('part');
  await sleep(30);
  upload.destroy(new Error('gone'));
  await sleep(30);
  assert.deepEqual(events, ['abort', 'close']);
});

test('an early answer releases the client from the rest of its body', async (t) => {
  const receiver: BodyReceiver = { data: () => false, end: () => {}, abort: () => {} };
  const { session } = await setup(t, (exchange) => {
    exchange.receiveBody(receiver);
    answer(exchange);
  });
  const stream = session.request({ ':method': 'POST' }, { endStream: false });
  stream.write('x'.repeat(100_000));
  const body = text(stream);
  await once(stream, 'close');
  assert.equal(await body, 'ok');
  assert.equal(stream.rstCode, 0);
});

test('a paused origin makes the client wait; a slow client makes the origin wait', async (t) => {
  let received = 0;
  let accepted = 0;
  let held: Exchange | null = null;
  const { session } = await setup(t, (exchange) => {
    if (exchange.request.method === 'POST') {
      held = exchange;
      const data = (bytes: Buffer): boolean => {
        received += bytes.length;
        return false;
      };
      exchange.receiveBody({ data, end: () => answer(exchange), abort: () => {} });
      return;
    }
    exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'stream' } });
    const piece = Buffer.alloc(65_536);
    const more = (): void => {
      while (accepted < 100) {
        accepted++;
        if (!exchange.write(piece)) return;
      }
      exchange.end('');
    };
    exchange.onDrain = more;
    more();
  });
  const upload = session.request({ ':method': 'POST' }, { endStream: false });
  upload.end(Buffer.alloc(2 << 20));
  await sleep(100);
  assert.ok(received <= 1 << 20, `${received} bytes came without being asked for`);
  const pump = setInterval(() => held?.resumeBody(), 1);
  assert.equal(await text(upload), 'ok');
  clearInterval(pump);
  assert.equal(received, 2 << 20);

  const download = session.request({ ':path': '/' });
  await once(download, 'response');
  await sleep(100);
  assert.ok(accepted < 60, `${accepted} pieces were taken without being read`);
  assert.equal((await text(download)).length, 100 * 65_536);
});

test('drain says goodbye, lets what is under way finish, and closes', async (t) => {
  const { session, gateway } = await setup(t, (exchange) => {
    setTimeout(() => answer(exchange), 60);
  });
  const closed = once(session, 'close');
  const last = get(session, '/');
  await sleep(30);
  for (const connection of gateway.connections) connection.drain();
  await once(session, 'goaway');
  assert.equal((await last).body, 'ok');
  await closed;
});

test('a connection without requests is closed after the idle time, and not before', async (t) => {
  const { session } = await setup(t, answer, { idleTimeoutMs: 100 });
  const closed = once(session, 'close');
  await get(session, '/');
  const started = performance.now();
  await closed;
  assert.ok(performance.now() - started >= 90);
});

test('problem+json before a head, with the handshake id', async (t) => {
  const { session } = await setup(t, (exchange) => exchange.problem(403, 'Forbidden', 'no'));
  const { headers, body } = await get(session, '/');
  assert.deepEqual(
    [headers[':status'], headers['content-type']],
    [403, 'application/problem+json'],
  );
  assert.equal((JSON.parse(body) as { handshakeId: string }).handshakeId, 'h-test');
  assert.equal((await get(session, '/', 'HEAD')).body, '');
});

function answer(exchange: Exchange): void {
  exchange.respond({ status: 200, reason: '', fields: '', body: { kind: 'length', length: 2 } });
  exchange.write(Buffer.from('ok'));
  exchange.end('');
}

interface Answer {
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

async function get(session: ClientHttp2Session, path = '/', method = 'GET'): Promise<Answer> {
  const stream: ClientHttp2Stream = session.request({ ':path': path, ':method': method });
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { headers, body: await text(stream) };
}

async function setup(
  t: TestContext,
  handle: (exchange: Exchange) => void,
  limits: Partial<HttpLimits> = {},
): Promise<{ session: ClientHttp2Session; gateway: HttpGateway }> {
  const gateway = await startHttpGateway(t, certificate, { handle }, limits);
  const session = connect(`https://localhost:${gateway.port}`, { ca: ca.root.certPem });
  t.after(() => session.destroy());
  await once(session, 'connect');
  return { session, gateway };
}
