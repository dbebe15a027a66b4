import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeExchange, type FakeRequest } from '../../../../test/support/fake-exchange.ts';
import { freePort } from '../../../../test/support/free-port.ts';
import { proxyTo, type ProxySetup } from '../../../../test/support/proxy-origin.ts';
import {
  type ScriptedConnection,
  startScriptedUpstream,
} from '../../../../test/support/scripted-upstream.ts';

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const IDENTITY =
  'X-Client-User: derek\r\nX-Client-DN: CN=derek\r\nX-Client-Verify: SUCCESS\r\n' +
  'X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: test.com\r\n';
const derek = { user: 'derek', subject: 'CN=derek', verification: 'SUCCESS' };

const SENT: readonly (readonly [string, FakeRequest, string])[] = [
  [
    'GET',
    { target: '/a%20b?c=d&e', fields: ['accept: */*', 'X-Odd:  spaced '] },
    `GET /a%20b?c=d&e HTTP/1.1\r\nHost: test.com\r\naccept: */*\r\nX-Odd:  spaced \r\n${IDENTITY}\r\n`,
  ],
  [
    'POST without a body',
    { method: 'POST' },
    `POST / HTTP/1.1\r\nHost: test.com\r\n${IDENTITY}Content-Length: 0\r\n\r\n`,
  ],
  [
    'PUT with a length',
    { method: 'PUT', body: ['he', 'llo'] },
    `PUT / HTTP/1.1\r\nHost: test.com\r\n${IDENTITY}Content-Length: 5\r\n\r\nhello`,
  ],
  [
    'POST of unknown length',
    { method: 'POST', body: ['he', 'l'.repeat(20)], bodyLengthKnown: false },
    `POST / HTTP/1.1\r\nHost: test.com\r\n${IDENTITY}Transfer-Encoding: chunked\r\n\r\n` +
      `2\r\nhe\r\n14\r\n${'l'.repeat(20)}\r\n0\r\n\r\n`,
  ],
];

for (const [name, request, expected] of SENT) {
  test(`the bytes of ${name} as the upstream sees them`, async (t) => {
    const upstream = await startScriptedUpstream(t, ({ socket }) => {
      setTimeout(() => socket.write(HELLO), 20);
    });
    const { origin } = proxyTo(t, upstream.port);
    const exchange = new FakeExchange({ ...request, client: derek });
    origin.handle(exchange);
    assert.equal((await exchange.answer).body.toString(), 'hello');
    assert.equal(upstream.connections[0]?.received, expected);
  });
}

test('one connection carries one request after the other, and as many as there are at a time', async (t) => {
  const { connections, send } = await setup(t, ({ socket }) => {
    setTimeout(() => socket.write(HELLO), 10);
  });
  for (let i = 0; i < 5; i++) await send().answer;
  assert.equal(connections.length, 1);
  await Promise.all([send().answer, send().answer, send().answer]);
  assert.equal(connections.length, 3);
});

test('a kept connection that dies under a request is replaced, where that is safe', async (t) => {
  const { connections, send, failures } = await setup(t, ({ socket }, count) => {
    if (count === 1) socket.write(HELLO);
    else socket.destroy();
  });
  for (const method of ['GET', 'DELETE', 'HEAD']) {
    await send().answer;
    const answer = await send({ method }).answer;
    assert.equal(answer.status, 200, method);
  }
  assert.deepEqual(failures, []);

  await send().answer;
  assert.equal((await send({ method: 'POST' }).answer).status, 502);
  await send().answer;
  assert.equal((await send({ method: 'PUT', body: ['x'] }).answer).status, 502);
  assert.deepEqual(failures, ['closed-early', 'closed-early']);
  assert.ok(connections.length > 4);
});

test('a new connection that dies under a request is not tried again', async (t) => {
  const { connections, send } = await setup(t, ({ socket }) => socket.destroy());
  assert.equal((await send().answer).status, 502);
  assert.equal(connections.length, 1);
});

test('a connection that the upstream closed while it was idle is not used', async (t) => {
  const { connections, send } = await setup(t, ({ socket }) => {
    socket.write(HELLO);
    setTimeout(() => socket.end(), 5);
  });
  for (let i = 0; i < 2; i++) {
    assert.equal((await send({ method: 'POST', body: ['x'] }).answer).status, 200);
    await connections[i]?.closed;
  }
  assert.equal(connections.length, 2);
});

test('502 without a listener, 504 without an answer', async (t) => {
  const { origin, failures } = proxyTo(t, await freePort());
  const refused = new FakeExchange();
  origin.handle(refused);
  assert.equal((await refused.answer).status, 502);
  assert.deepEqual(failures, ['refused']);

  const silent = await setup(t, () => {}, { limits: { responseTimeoutMs: 50 } });
  for (const request of [{}, { method: 'POST', body: ['x'] }]) {
    const answer = await silent.send(request).answer;
    assert.deepEqual([answer.status, answer.outcome], [504, 'problem']);
  }
  assert.deepEqual(silent.failures, ['response-timeout', 'response-timeout']);
  await Promise.all(silent.connections.map(({ closed }) => closed));
});

test('504 for an upstream that stops taking the body', async (t) => {
  const stalled = await setup(t, ({ socket }) => socket.pause(), {
    limits: { responseTimeoutMs: 60 },
  });
  const body = Array.from({ length: 200 }, () => Buffer.alloc(65_536));
  assert.equal((await stalled.send({ method: 'POST', body }).answer).status, 504);
});

test('an early answer ends the upload, and the connection with it', {
  timeout: 30_000,
}, async (t) => {
  const { connections, send } = await setup(
    t,
    ({ socket }, count) => {
      socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno');
      assert.equal(count, 1);
    },
    { upstream: { idleTimeoutMs: 600_000 }, limits: { stallTimeoutMs: 600_000 } },
  );
  const body = Array.from({ length: 400 }, () => Buffer.alloc(65_536));
  const answer = await send({ method: 'POST', body }).answer;
  assert.deepEqual([answer.status, answer.body.toString()], [413, 'no']);
  await connections[0]?.closed;
  assert.equal((await send().answer).status, 413);
  assert.equal(connections.length, 2);
});

test('a client that leaves takes its upstream connection with it', async (t) => {
  const { connections, send } = await setup(t, ({ socket }, count) => {
    if (count === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart');
  });
  const leaver = send();
  while (leaver.writes.length === 0) await sleep(1);
  leaver.leave();
  await connections[0]?.closed;

  // While the dial is under way there is nothing to cut: the connection is kept for the next.
  const early = send();
  early.leave();
  while (connections.length < 2) await sleep(5);
  await sleep(20);
  assert.equal(connections[1]?.received, '');
});

test('a reader that is slow makes the upstream wait', async (t) => {
  const megabytes = 24;
  let sent = 0;
  const { send } = await setup(t, ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${megabytes << 20}\r\n\r\n`);
    const piece = Buffer.alloc(1 << 20, 'x');
    const more = (): void => {
      while (sent < megabytes) {
        sent++;
        if (!socket.write(piece)) return void socket.once('drain', more);
      }
    };
    more();
  });
  const exchange = send({ window: 1, drains: false });
  await sleep(100);
  assert.ok(sent < megabytes, 'the upstream was made to wait');
  const pump = setInterval(() => exchange.drain(), 1);
  const answer = await exchange.answer;
  clearInterval(pump);
  assert.equal(answer.body.length, megabytes << 20);
  assert.ok(exchange.mostWaiting <= 1 << 20);
});

test('trailers of a chunked answer arrive, without what no trailer may say', async (t) => {
  const { send } = await setup(t, ({ socket }) => {
    socket.write(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '2\r\nhi\r\n0\r\nX-Sum: 1\r\nContent-Length: 3\r\nX-Client-User: root\r\n\r\n',
    );
  });
  assert.equal((await send().answer).trailers, 'X-Sum: 1\r\n');
});

test('interim responses are passed on, 100 is not', async (t) => {
  const { send } = await setup(t, ({ socket }) => {
    socket.write(
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${HELLO}`,
    );
  });
  const exchange = send();
  await exchange.answer;
  assert.deepEqual(exchange.interims, [103]);
});

interface Setup {
  readonly connections: readonly ScriptedConnection[];
  readonly failures: readonly string[];
  readonly send: (request?: FakeRequest) => FakeExchange;
}

async function setup(
  t: Parameters<typeof proxyTo>[0],
  onHead: (connection: ScriptedConnection, count: number) => void,
  options: ProxySetup = {},
): Promise<Setup> {
  const { port, connections } = await startScriptedUpstream(t, onHead);
  const { origin, failures } = proxyTo(t, port, options);
  const send = (request: FakeRequest = {}): FakeExchange => {
    const exchange = new FakeExchange(request);
    origin.handle(exchange);
    return exchange;
  };
  return { connections, failures, send };
}
