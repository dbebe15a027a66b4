import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeExchange, type FakeRequest } from '../../../../test/support/fake-exchange.ts';
import { fieldBlock, FLAG, FRAME, frame } from '../../../../test/support/http2-frames.ts';
import { OpensslCa } from '../../../../test/support/openssl-certificates.ts';
import { type ProxySetup, proxyTo } from '../../../../test/support/proxy-origin.ts';

type Fields = Record<string, string | string[] | undefined>;

test('a request as the upstream sees it, and its answer', async (t) => {
  const seen: string[] = [];
  const { send } = await setup(t, (stream, _fields, list) => {
    seen.push(...list);
    stream.respond({ ':status': 200, 'x-a': ['1', '2'], 'content-length': 2 });
    stream.end('ok');
  });
  const exchange = send({ target: '/a?b', fields: ['Accept: */*'], method: 'GET' });
  const answer = await exchange.answer;
  assert.equal(answer.body.toString(), 'ok');
  assert.equal(answer.length, 2);
  assert.match(exchange.head?.fields ?? '', /^x-a: 1\r\nx-a: 2\r\n/);
  const pairs = Array.from({ length: seen.length / 2 }, (_, i) => seen.slice(i * 2, i * 2 + 2));
  assert.deepEqual(pairs, [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', 'test.com'],
    [':path', '/a?b'],
    ['accept', '*/*'],
    ['x-client-verify', 'NONE'],
    ['x-forwarded-for', '192.0.2.7'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'test.com'],
    ['te', 'trailers'],
  ]);
});

test('bodies and trailers both ways, as gRPC has them', async (t) => {
  const { send } = await setup(t, (stream) => {
    let received = '';
    stream.on('data', (bytes: Buffer) => (received += bytes.toString()));
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-got': received }));
    stream.on('end', () => stream.end('answer'));
  });
  const answer = await send({ method: 'POST', body: ['he', 'llo'], bodyLengthKnown: false }).answer;
  assert.equal(answer.body.toString(), 'answer');
  assert.equal(answer.trailers, 'grpc-status: 0\r\nx-got: hello\r\n');
});

test('an answer that is all head is whole', async (t) => {
  const { send } = await setup(t, (stream) => {
    stream.respond({ ':status': 200, 'grpc-status': '12' }, { endStream: true });
  });
  const answer = await send({ method: 'POST', body: ['x'] }).answer;
  assert.deepEqual([answer.outcome, answer.fields.get('grpc-status')], ['ended', '12']);
});

test('HEAD, 204 and 304 have no body', async (t) => {
  const { send } = await setup(t, (stream, fields) => {
    const status = Number(String(fields[':path']).slice(1));
    stream.respond({ ':status': status, ...(status === 204 ? {} : { 'content-length': 5 }) });
    stream.end();
  });
  assert.equal((await send({ method: 'HEAD', target: '/200' }).answer).length, 5);
  assert.equal((await send({ target: '/204' }).answer).length, null);
  assert.equal((await send({ target: '/304' }).answer).status, 304);
});

test('requests share one connection, and a full one is joined by another', async (t) => {
  const { send, sessions } = await setup(
    t,
    (stream) => void setTimeout(() => end(stream), 30),
    {},
    { settings: { maxConcurrentStreams: 4 } },
  );
  await send().answer;
  const answers = await Promise.all(Array.from({ length: 8 }, () => send().answer));
  assert.ok(answers.every(({ status }) => status === 200));
  assert.ok(sessions.length >= 2 && sessions.length <= 3, `${sessions.length} connections`);
});

test('a refused stream is sent again with what was read of its body, where that is short', async (t) => {
  const refusals = new Set([1, 3, 4, 5]);
  let requests = 0;
  const { send, failures } = await setup(t, (stream) => {
    stream.on('error', () => {});
    const number = ++requests;
    let length = 0;
    // The body was asked for by then, and some of it has come.
    stream.once('data', () => {
      if (refusals.has(number)) stream.close(7);
    });
    stream.on('data', (bytes: Buffer) => (length += bytes.length));
    stream.on('end', () => {
      if (refusals.has(number)) return;
      stream.respond({ ':status': 200 });
      stream.end(String(length));
    });
  });
  const short = [Buffer.alloc(10_000), Buffer.alloc(20_000)];
  for (const bodyLengthKnown of [true, false]) {
    const answer = await send({ method: 'POST', body: short, bodyLengthKnown }).answer;
    if (bodyLengthKnown) assert.equal(String(answer.body), '30000');
    else assert.equal(answer.status, 502);
  }
  assert.equal(requests, 4);
  const long = Array.from({ length: 8 }, () => Buffer.alloc(20_000));
  assert.equal((await send({ method: 'POST', body: long }).answer).status, 502);
  assert.equal(requests, 5);
  assert.deepEqual(failures, ['reset', 'reset']);
});

test('a refused stream is sent again once', async (t) => {
  let requests = 0;
  const { send, failures } = await setup(t, (stream) => {
    requests++;
    if (requests === 2) end(stream);
    else stream.close(7);
  });
  assert.equal((await send().answer).status, 200);
  assert.equal(requests, 2);
  assert.equal((await send().answer).status, 502);
  assert.equal(requests, 4);
  assert.deepEqual(failures, ['reset']);
});

test('an answer that is reset or cut off is no whole one', async (t) => {
  const { send } = await setup(t, (stream, fields) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200 });
    stream.write('part');
    setTimeout(() => {
      if (fields[':path'] === '/reset') stream.destroy(new Error('no'));
      else stream.session?.destroy();
    }, 20);
  });
  for (const target of ['/reset', '/cut']) {
    const answer = await send({ target }).answer;
    assert.deepEqual([answer.outcome, answer.body.toString()], ['aborted', 'part'], target);
  }
});

test('a reset that calls itself no error does not make a part the whole', async (t) => {
  const upstream = await startFrameServer(t, (stream) => [
    frame(FRAME.headers, FLAG.endHeaders, stream, fieldBlock([':status', '200'])),
    frame(FRAME.data, 0, stream, Buffer.from('part')),
    frame(FRAME.reset, 0, stream, Buffer.alloc(4)),
  ]);
  const { origin } = proxyTo(t, upstream, { http: 'h2c' });
  const exchange = new FakeExchange();
  origin.handle(exchange);
  assert.equal((await exchange.answer).outcome, 'aborted');
});

test('a head that HTTP/1.1 could not carry is no answer', async (t) => {
  const heads = [
    [':status', '20'],
    [':status', '200', 'content-length', '1', 'content-length', '2'],
    [':status', '200', 'content-length', '+1'],
    ['a', 'b'],
  ];
  for (const head of heads) {
    const upstream = await startFrameServer(t, (stream) => [
      frame(FRAME.headers, FLAG.endHeaders, stream, fieldBlock(head)),
      frame(FRAME.data, FLAG.endStream, stream, Buffer.from('x')),
    ]);
    const { origin } = proxyTo(t, upstream, { http: 'h2c' });
    const exchange = new FakeExchange();
    origin.handle(exchange);
    assert.equal((await exchange.answer).status, 502, head.join(' '));
  }
});

test('no listener is 502, no answer is 504, and the next request gets another connection', async (t) => {
  let isSilent = true;
  const { send, sessions, failures } = await setup(
    t,
    (stream) => {
      if (!isSilent) end(stream);
    },
    // Long enough for the request after it on a machine that is busy.
    { limits: { responseTimeoutMs: 400 } },
  );
  assert.equal((await send().answer).status, 504);
  isSilent = false;
  assert.equal((await send().answer).status, 200);
  assert.equal(sessions.length, 2);
  assert.deepEqual(failures, ['response-timeout']);

  const { origin } = proxyTo(t, 1, { http: 'h2c' });
  const exchanges = [new FakeExchange(), new FakeExchange()];
  for (const exchange of exchanges) origin.handle(exchange);
  for (const { answer } of exchanges) assert.equal((await answer).status, 502);
});

test('a client that leaves resets its stream; a body under way is not ended by it', async (t) => {
  const events: string[] = [];
  const { send, sessions } = await setup(t, (stream) => {
    stream.on('error', () => {});
    stream.on('aborted', () => events.push('aborted'));
    stream.on('end', () => events.push('end'));
    stream.resume();
  });
  const body = Array.from({ length: 100 }, () => Buffer.alloc(65_536));
  const upload = send({ method: 'POST', body, bodyLengthKnown: false });
  while (sessions.length === 0 || !upload.bodyReceived) await sleep(5);
  upload.leave();
  while (events.length === 0) await sleep(5);
  await sleep(20);
  assert.deepEqual(events, ['aborted']);
  assert.equal(sessions.length, 1);
});

test('a slow reader makes the upstream wait, and not the other requests', async (t) => {
  let taken = 0;
  const { send } = await setup(t, (stream, fields) => {
    if (fields[':path'] !== '/much') return end(stream);
    stream.respond({ ':status': 200 });
    const more = (): void => {
      while (taken < 100) {
        taken++;
        if (!stream.write(Buffer.alloc(65_536))) return void stream.once('drain', more);
      }
      stream.end();
    };
    more();
  });
  const slow = send({ target: '/much', window: 1, drains: false });
  await sleep(80);
  assert.ok(taken < 60, `${taken} pieces were taken`);
  assert.equal((await send().answer).body.toString(), 'ok');
  const pump = setInterval(() => slow.drain(), 1);
  assert.equal((await slow.answer).body.length, 100 * 65_536);
  clearInterval(pump);
});

test('over mutual TLS, where h2 is chosen by ALPN', async (t) => {
  const ca = new OpensslCa('ca');
  t.after(() => ca.remove());
  const own = ca.issue('gateway', ['DNS:gateway']);
  const theirs = ca.issue('api.internal', ['DNS:api.internal']);
  const subjects: unknown[] = [];
  const server = createSecureServer({
    cert: theirs.certPem,
    key: theirs.keyPem,
    ca: ca.root.certPem,
    requestCert: true,
  });
  server.on('secureConnection', (socket) => subjects.push(socket.getPeerCertificate().subject.CN));
  server.on('stream', end);
  const port = await listen(t, server);
  const tls = {
    ...own,
    caPem: [ca.root.certPem],
    serverName: 'api.internal',
    allowPeers: null,
    pins: new Set<string>(),
    alpn: ['h2'],
  };
  const { origin } = proxyTo(t, port, { http: 'h2c', upstream: { tls } });
  const exchange = new FakeExchange();
  origin.handle(exchange);
  assert.equal((await exchange.answer).body.toString(), 'ok');
  assert.deepEqual(subjects, ['gateway']);
});

function end(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-length': 2 });
  stream.end('ok');
}

interface Setup {
  readonly send: (request?: FakeRequest) => FakeExchange;
  readonly sessions: readonly ServerHttp2Session[];
  readonly failures: readonly string[];
}

async function setup(
  t: TestContext,
  onStream: (stream: ServerHttp2Stream, fields: Fields, list: string[]) => void,
  options: ProxySetup = {},
  serverOptions: Parameters<typeof createServer>[0] = {},
): Promise<Setup> {
  const server = createServer(serverOptions);
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on(
    'stream',
    (stream: ServerHttp2Stream, fields: Fields, _flags: number, list: string[]) => {
      stream.on('error', () => {});
      onStream(stream, fields, list);
    },
  );
  const port = await listen(t, server);
  const { origin, failures } = proxyTo(t, port, { http: 'h2c', ...options });
  const send = (request: FakeRequest = {}): FakeExchange => {
    const exchange = new FakeExchange(request);
    origin.handle(exchange);
    return exchange;
  };
  return { send, sessions, failures };
}

/** Answers each HEADERS frame with these frames. */
async function startFrameServer(
  t: TestContext,
  answer: (stream: number) => readonly Buffer[],
): Promise<number> {
  const server = createTcpServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    socket.write(frame(FRAME.settings, 0, 0));
    let buffer = Buffer.alloc(0);
    let isPrefaceRead = false;
    socket.on('data', (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      if (!isPrefaceRead && buffer.length >= 24) {
        isPrefaceRead = true;
        buffer = buffer.subarray(24);
      }
      while (isPrefaceRead && buffer.length >= 9) {
        const length = buffer.readUIntBE(0, 3);
        if (buffer.length < 9 + length) return;
        if (buffer[3] === FRAME.headers)
          socket.write(Buffer.concat(answer(buffer.readUInt32BE(5))));
        buffer = buffer.subarray(9 + length);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

async function listen(t: TestContext, server: Http2Server | Http2SecureServer): Promise<number> {
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}
