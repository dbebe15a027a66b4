import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeExchange, type FakeRequest } from '../../../../test/support/fake-exchange.ts';
import { proxyTo } from '../../../../test/support/proxy-origin.ts';
import { startScriptedUpstream } from '../../../../test/support/scripted-upstream.ts';

interface Case {
  readonly says: string;
  readonly request?: FakeRequest;
  /** What the client sees: status, outcome, body. */
  readonly sees: readonly [number, 'ended' | 'aborted' | 'problem', string?];
  /** Whether the connection is used again; where it is not named, it must not be. */
  readonly keeps?: true;
  /** The upstream closes after its answer. */
  readonly closes?: true;
}

const ok = 'HTTP/1.1 200 OK\r\n';

const CASES: Readonly<Record<string, Case>> = {
  'a length': {
    says: `${ok}Content-Length: 5\r\n\r\nhello`,
    sees: [200, 'ended', 'hello'],
    keeps: true,
  },
  'no reason': {
    says: 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi',
    sees: [200, 'ended', 'hi'],
    keeps: true,
  },
  'chunks with extensions and trailers': {
    says: `${ok}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 5\r\n\r\n`,
    sees: [200, 'ended', 'abcde'],
    keeps: true,
  },
  'until close': { says: `${ok}\r\nall of it`, sees: [200, 'ended', 'all of it'], closes: true },
  'HTTP/1.0 until close': {
    says: 'HTTP/1.0 200 OK\r\n\r\nold',
    sees: [200, 'ended', 'old'],
    closes: true,
  },
  'HTTP/1.0 with keep-alive': {
    says: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold',
    sees: [200, 'ended', 'old'],
    keeps: true,
  },
  'Connection: close': {
    says: `${ok}Connection: close\r\nContent-Length: 2\r\n\r\nhi`,
    sees: [200, 'ended', 'hi'],
  },
  'HEAD with a length': {
    request: { method: 'HEAD' },
    says: `${ok}Content-Length: 1000\r\n\r\n`,
    sees: [200, 'ended', ''],
    keeps: true,
  },
  'HEAD that has a body all the same': {
    request: { method: 'HEAD' },
    says: `${ok}Content-Length: 5\r\n\r\nhello`,
    sees: [200, 'ended', ''],
  },
  '204 with a body after it': {
    says: 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
    sees: [204, 'ended', ''],
  },
  '304 with a length': {
    says: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n',
    sees: [304, 'ended', ''],
    keeps: true,
  },
  'a second response after the first': {
    says: `${ok}Content-Length: 2\r\n\r\nhi${ok}Content-Length: 6\r\n\r\nforged`,
    sees: [200, 'ended', 'hi'],
  },
  'a second response after the last chunk': {
    says: `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n${ok}Content-Length: 6\r\n\r\nforged`,
    sees: [200, 'ended', 'hi'],
  },
  'interim responses first': {
    says: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 2\r\n\r\nhi`,
    sees: [200, 'ended', 'hi'],
    keeps: true,
  },
  'interim responses without end': {
    says: 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(101),
    sees: [502, 'problem'],
  },
  'an upgrade nobody asked for': {
    says: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    sees: [502, 'problem'],
  },
  'both length and coding': {
    says: `${ok}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    sees: [502, 'problem'],
  },
  'two lengths': {
    says: `${ok}Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi`,
    sees: [502, 'problem'],
  },
  'a signed length': { says: `${ok}Content-Length: +2\r\n\r\nhi`, sees: [502, 'problem'] },
  'an unknown coding': {
    says: `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    sees: [502, 'problem'],
  },
  'a folded field': { says: `${ok}A: b\r\n c\r\n\r\n`, sees: [502, 'problem'] },
  'a bare LF': { says: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi', sees: [502, 'problem'] },
  'a NUL in a value': { says: `${ok}A: b\0c\r\nContent-Length: 0\r\n\r\n`, sees: [502, 'problem'] },
  'another protocol': { says: 'SSH-2.0-OpenSSH_9.2\r\n\r\n', sees: [502, 'problem'] },
  'a head without end': { says: `${ok}A: ${'x'.repeat(40_000)}`, sees: [502, 'problem'] },
  'a malformed chunk': {
    says: `${ok}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n`,
    sees: [200, 'aborted', 'hi'],
  },
  'a close inside the head': { says: 'HTTP/1.1 200 O', sees: [502, 'problem'], closes: true },
  'a close before the head': { says: '', sees: [502, 'problem'], closes: true },
  'a close inside the length': {
    says: `${ok}Content-Length: 5\r\n\r\nhel`,
    sees: [200, 'aborted', 'hel'],
    closes: true,
  },
  'a close inside the chunks': {
    says: `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    sees: [200, 'aborted', 'abc'],
    closes: true,
  },
};

for (const [name, { says, request, sees, keeps, closes }] of Object.entries(CASES)) {
  for (const way of ['in one piece', 'byte by byte'] as const) {
    // A byte at a time is the same answer, only slow.
    if (way === 'byte by byte' && says.length > 1000) continue;
    test(`an upstream that answers with ${name}, ${way}`, async (t) => {
      const upstream = await startScriptedUpstream(t, ({ socket }, count) => {
        if (count > 1) {
          socket.end(`${ok}Content-Length: 6\r\n\r\nsecond`);
          return;
        }
        if (way === 'in one piece') {
          socket.write(says, 'latin1');
          if (closes) socket.end();
        } else void drip(socket, says, closes === true);
      });
      const { origin } = proxyTo(t, upstream.port);
      const first = new FakeExchange(request);
      origin.handle(first);
      const answer = await first.answer;
      const [status, outcome, body] = sees;
      assert.deepEqual([answer.status, answer.outcome], [status, outcome]);
      if (body !== undefined) assert.equal(answer.body.toString('latin1'), body);

      await sleep(5);
      const second = new FakeExchange();
      origin.handle(second);
      await second.answer;
      assert.equal(upstream.connections.length, keeps ? 1 : 2);
      if (keeps) assert.equal((await second.answer).body.toString(), 'second');
    });
  }
}

test('what is passed on of a response: its fields without those of the connection', async (t) => {
  const upstream = await startScriptedUpstream(t, ({ socket }) => {
    socket.write(
      `${ok}Connection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nServer: s\r\n` +
        'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Client-User: fine\r\nContent-Length: 0\r\n\r\n',
    );
  });
  const { origin } = proxyTo(t, upstream.port);
  const exchange = new FakeExchange();
  origin.handle(exchange);
  await exchange.answer;
  assert.equal(
    exchange.head?.fields,
    'Server: s\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Client-User: fine\r\n',
  );
});

test('bytes on an idle connection end it, and are no answer to the next request', async (t) => {
  const upstream = await startScriptedUpstream(t, ({ socket }) => {
    socket.write(`${ok}Content-Length: 2\r\n\r\nhi`);
    setTimeout(() => socket.write(`${ok}Content-Length: 6\r\n\r\nforged`), 10);
  });
  const { origin } = proxyTo(t, upstream.port);
  for (let i = 0; i < 3; i++) {
    const exchange = new FakeExchange();
    origin.handle(exchange);
    assert.equal((await exchange.answer).body.toString(), 'hi');
    await upstream.connections[i]?.closed;
  }
  assert.equal(upstream.connections.length, 3);
});

async function drip(
  socket: import('node:net').Socket,
  text: string,
  closes: boolean,
): Promise<void> {
  socket.setNoDelay(true);
  for (const byte of text) {
    if (socket.destroyed) return;
    socket.write(byte, 'latin1');
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (closes) socket.end();
}
