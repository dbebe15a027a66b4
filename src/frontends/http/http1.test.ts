import assert from 'node:assert/strict';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { Http1Site } from '../../../test/support/http1-peer.ts';
import type { BodyReceiver, Exchange, ResponseHead, TunnelEnd } from './exchange.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

describe('an HTTP/1.1 connection', () => {
  test('answers pipelined requests in their order, one at a time', async () => {
    const waiting: Exchange[] = [];
    using site = await Http1Site.listen((exchange) => waiting.push(exchange));
    const client = await site.client();
    client.send(get('/1') + get('/2') + get('/3'));
    for (const path of ['/1', '/2', '/3']) {
      await until(() => waiting.length === 1);
      const exchange = waiting.pop() as Exchange;
      assert.equal(exchange.request.path, path);
      answer(exchange, path);
      await client.expect(`\r\n\r\n${path}`);
    }
  });

  test('answers a thousand pipelined requests without growing the stack', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'));
    const client = await site.client();
    client.send(GET.repeat(1000));
    await client.expect(/(?:HTTP\/1\.1 200 OK[^x]+x){1000}/);
  });

  test('is kept for the next request', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, exchange.request.path));
    const client = await site.client();
    client.send(get('/1'));
    await client.expect('/1');
    client.send(get('/2'));
    const received = await client.expect('/2');
    assert.equal(
      received,
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/1HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/2',
    );
    assert.equal(site.connections.length, 1);
  });

  test('is closed where the client asks for it, and says so', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'));
    const client = await site.client();
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.match(await client.closed(), /\r\nConnection: close\r\n\r\nx$/);
  });

  test('keeps HTTP/1.0 clients that ask for it, and closes after others', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'));
    const client = await site.client();
    client.send('GET / HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n');
    await client.expect(/\r\nConnection: keep-alive\r\n\r\nx$/);
    client.send('GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    assert.match(await client.closed(), /\r\nConnection: close\r\n\r\nx$/);
  });

  test('answers a client that has ended its side', async () => {
    using site = await Http1Site.listen((exchange) => {
      setTimeout(() => answer(exchange, 'x'), 20);
    });
    const client = await site.client();
    client.socket.end(GET);
    assert.match(await client.closed(), /\r\n\r\nx$/);
  });

  test('lets the client read a refusal although it goes on sending', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'));
    const client = await site.client();
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n${'y'.repeat(300_000)}`);
    assert.match(await client.closed(), /^HTTP\/1\.1 400 /);
    assert.equal(client.error, null);
  });

  test('does not read on for a client that does not read its answers', async () => {
    let served = 0;
    const body = Buffer.alloc(65_536);
    using site = await Http1Site.listen((exchange) => {
      served += 1;
      exchange.respond(ok({ kind: 'length', length: body.length }));
      exchange.write(body);
      exchange.end('');
    });
    const client = await site.client();
    client.socket.pause();
    client.send(GET.repeat(5000));
    await until(() => site.sockets.some((socket) => socket.writableNeedDrain));
    await pause(50);
    assert.ok(served < 500, `${served} served`);
    assert.ok((site.sockets[0]?.writableLength ?? 0) <= 4 * body.length);
  });
});

describe('a response', () => {
  test('of unknown length is chunked, with trailers', async () => {
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'stream' }, 'X-A: b\r\n'));
      exchange.write(Buffer.from('hello'));
      exchange.write(Buffer.from('0123456789abcdef'));
      exchange.end('X-Sum: 1\r\n');
    });
    const client = await site.client();
    client.send(GET);
    assert.equal(
      await client.expect('X-Sum: 1\r\n\r\n'),
      'HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX-Sum: 1\r\n\r\n',
    );
  });

  test('of unknown length ends with the connection in HTTP/1.0', async () => {
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'stream' }));
      exchange.write(Buffer.from('hello'));
      exchange.end('X-Sum: 1\r\n');
    });
    const client = await site.client();
    client.send('GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    assert.equal(await client.closed(), 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello');
  });

  test('to HEAD has the length and no body, whatever the origin writes', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'hello'));
    const client = await site.client();
    client.send('HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n';
    assert.equal(await client.expect(head + head), head + head);
  });

  test('of 204 and 304 has no body; 304 may show a length', async () => {
    using site = await Http1Site.listen((exchange) => {
      const status = Number(exchange.request.path.slice(1));
      exchange.respond({ status, reason: '', fields: '', body: { kind: 'none', length: 5 } });
      exchange.write(Buffer.from('hello'));
      exchange.end('');
    });
    const client = await site.client();
    client.send(get('/204') + get('/304'));
    const expected = 'HTTP/1.1 204 \r\n\r\nHTTP/1.1 304 \r\nContent-Length: 5\r\n\r\n';
    assert.equal(await client.expect('5\r\n\r\n'), expected);
  });

  test('goes out at once where its body is not there yet', async () => {
    let exchange: Exchange | null = null;
    using site = await Http1Site.listen((it) => {
      exchange = it;
      it.respond(ok({ kind: 'stream' }));
    });
    const client = await site.client();
    client.send(GET);
    await client.expect('chunked\r\n\r\n');
    (exchange as Exchange | null)?.write(Buffer.from('now'));
    await client.expect('3\r\nnow\r\n');
  });

  test('goes out in one write, head and body', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'hello'));
    const client = await site.client();
    const segments: string[] = [];
    client.socket.on('data', (text: string) => segments.push(text));
    client.send(GET);
    await client.expect('hello');
    assert.equal(segments.length, 1);
  });

  test('that is shorter than its length is cut, and the connection with it', async () => {
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'length', length: 6 }));
      exchange.write(Buffer.from('hello'));
      setTimeout(() => exchange.end(''), 20);
    });
    const client = await site.client();
    client.send(GET + GET);
    assert.match(await client.closed(), /^HTTP\/1\.1 200 OK[^]+\r\n\r\nhello$/);
  });

  test('that is longer than its length does not run into the next', async () => {
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'length', length: 2 }));
      exchange.write(Buffer.from('hello'));
      exchange.end('');
    });
    const client = await site.client();
    client.send(GET + GET);
    assert.doesNotMatch(await client.closed(), /llo/);
  });

  test('that is aborted ends without its last chunk', async () => {
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'stream' }));
      exchange.write(Buffer.from('hello'));
      setTimeout(() => exchange.abort(), 20);
    });
    const client = await site.client();
    client.send(GET);
    assert.match(await client.closed(), /5\r\nhello\r\n$/);
  });

  test('follows interim responses, which HTTP/1.0 does not get', async () => {
    using site = await Http1Site.listen((exchange) => {
      exchange.interim(103, 'Link: </a>\r\n');
      answer(exchange, 'x');
    });
    const client = await site.client();
    client.send(`${GET}GET / HTTP/1.0\r\nHost: a\r\n\r\n`);
    assert.equal(
      await client.closed(),
      'HTTP/1.1 103 \r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx' +
        'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx',
    );
  });

  test('waits for a slow client: write says so, and onDrain when to go on', async () => {
    const piece = Buffer.alloc(65_536, 'x');
    const total = 320;
    let written = 0;
    let most = 0;
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'length', length: total * piece.length }));
      const more = (): void => {
        while (written < total) {
          written += 1;
          if (!exchange.write(piece)) break;
        }
        most = Math.max(most, site.sockets[0]?.writableLength ?? 0);
        if (written === total) exchange.end('');
      };
      exchange.onDrain = more;
      more();
    });
    const client = await site.client();
    client.socket.pause();
    client.send(GET);
    await pause(30);
    assert.ok(written < total);
    client.socket.resume();
    await until(() => client.received.length > total * piece.length);
    assert.ok(most <= 2 * piece.length, `${most} bytes waiting`);
  });

  test('problem is problem+json with the handshake id', async () => {
    using site = await Http1Site.listen((exchange) =>
      exchange.problem(403, 'Forbidden', 'not you'),
    );
    const client = await site.client();
    client.send(GET);
    const received = await client.expect('}\n');
    assert.match(received, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.match(received, /\r\nContent-Type: application\/problem\+json\r\n/);
    assert.deepEqual(JSON.parse(received.slice(received.indexOf('\r\n\r\n'))), {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'not you',
      handshakeId: 'handshake-1',
    });
  });

  test('abort before the head is a 500', async () => {
    using site = await Http1Site.listen((exchange) => exchange.abort());
    const client = await site.client();
    client.send(GET);
    await client.expect(/^HTTP\/1\.1 500 /);
  });

  test('calls that come too late have no effect on the next request', async () => {
    const exchanges: Exchange[] = [];
    using site = await Http1Site.listen((exchange) => {
      exchanges.push(exchange);
      if (exchanges.length === 1) answer(exchange, 'first');
    });
    const client = await site.client();
    client.send(GET + GET);
    await until(() => exchanges.length === 2);
    const [first, second] = exchanges as [Exchange, Exchange];
    first.write(Buffer.from('stale'));
    first.end('');
    first.problem(500, 'stale', 'stale');
    first.abort();
    answer(second, 'second');
    assert.doesNotMatch(await client.expect('second'), /stale/);
  });
});

describe('a request body', () => {
  test('comes decoded, with trailers, and in pieces', async () => {
    const events: string[] = [];
    using site = await Http1Site.listen((exchange) => {
      exchange.receiveBody(recorder(events, () => answer(exchange, 'x')));
    });
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    await until(() => events.length === 1);
    client.send('2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n');
    await client.expect('\r\n\r\nx');
    assert.deepEqual(events, ['abc', 'de', 'end X-Sum: 1\r\n']);
  });

  test('of no length ends at once', async () => {
    const events: string[] = [];
    using site = await Http1Site.listen((exchange) => {
      exchange.receiveBody(recorder(events, () => answer(exchange, 'x')));
    });
    const client = await site.client();
    client.send(GET);
    await client.expect('\r\n\r\nx');
    assert.deepEqual(events, ['end ']);
  });

  test('is asked for with 100 only when the origin wants it', async () => {
    let exchange: Exchange | null = null;
    using site = await Http1Site.listen((it) => {
      exchange = it;
    });
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    await until(() => exchange !== null);
    await turn();
    assert.equal(client.received, '');
    const events: string[] = [];
    const it = exchange as unknown as Exchange;
    it.receiveBody(recorder(events, () => answer(it, 'x')));
    assert.equal(await client.expect('\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send('hello');
    await client.expect('\r\n\r\nx');
    assert.deepEqual(events, ['hello', 'end ']);
  });

  test('that was not asked for is not waited for: the connection is closed', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'no'));
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    assert.match(await client.closed(), /^HTTP\/1\.1 200 OK[^]+\r\nConnection: close\r\n\r\nno$/);
  });

  test('that is small and unread is skipped, and the connection kept', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, exchange.request.path));
    const client = await site.client();
    client.send('POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n');
    await client.expect('/1');
    client.send(`${'x'.repeat(20_000)}${get('/2')}`);
    assert.doesNotMatch(await client.expect('/2'), /Connection: close/);
  });

  test('that is large and unread ends the connection, and the answer is read whole', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'no'));
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n');
    client.send('x'.repeat(300_000));
    assert.match(await client.closed(), /\r\nConnection: close\r\n\r\nno$/);
    assert.equal(client.error, null);
  });

  test('that is chunked, endless and unread is given up', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'no'));
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    await client.expect('no');
    client.send(`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(40));
    await client.closed();
  });

  test('stops where its receiver says so, until it is resumed', async () => {
    let taken = 0;
    let exchange: Exchange | null = null;
    using site = await Http1Site.listen((it) => {
      exchange = it;
      it.receiveBody({
        data(bytes) {
          taken += bytes.length;
          return false;
        },
        end: () => answer(it, 'all'),
        abort: () => {},
      });
    });
    const client = await site.client();
    const length = 4_000_000;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
    client.send('x'.repeat(length));
    await until(() => taken > 0);
    await pause(30);
    const read = site.sockets[0]?.bytesRead ?? 0;
    assert.ok(taken <= 65_536 && read < length / 2, `${taken} taken, ${read} read`);
    while (taken < length) {
      const before = taken;
      (exchange as unknown as Exchange).resumeBody();
      await until(() => taken > before);
    }
    await client.expect('all');
  });

  test('is over with the answer: the receiver hears nothing more', async () => {
    const events: string[] = [];
    using site = await Http1Site.listen((exchange) => {
      if (exchange.request.method === 'GET') return answer(exchange, 'next');
      exchange.receiveBody({
        data(bytes) {
          events.push(bytes.toString());
          answer(exchange, 'enough');
          return true;
        },
        end: () => events.push('end'),
        abort: () => events.push('abort'),
      });
    });
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    await client.expect('enough');
    client.send(`def${get('/2')}`);
    await client.expect('next');
    assert.deepEqual(events, ['abc']);
  });

  test('that turns out malformed is answered with 400, and its receiver told', async () => {
    const events: string[] = [];
    using site = await Http1Site.listen((exchange) => exchange.receiveBody(recorder(events)));
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nx\r\n');
    assert.match(await client.closed(), /^HTTP\/1\.1 400 /);
    assert.deepEqual(events, ['a', 'abort']);
  });

  test('that turns out malformed within its answer cuts the answer', async () => {
    const events: string[] = [];
    using site = await Http1Site.listen((exchange) => {
      exchange.respond(ok({ kind: 'stream' }));
      exchange.receiveBody(recorder(events));
    });
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n');
    await client.expect('chunked');
    client.send('x\r\n');
    assert.doesNotMatch(await client.closed(), /0\r\n\r\n$/);
    assert.deepEqual(events, ['a', 'abort']);
  });
});

describe('a client that leaves', () => {
  test('within its request: the body is aborted', async () => {
    const events: string[] = [];
    using site = await Http1Site.listen((exchange) => {
      exchange.onClose = () => events.push('closed');
      exchange.receiveBody(recorder(events));
    });
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    await until(() => events.length === 1);
    client.socket.destroy();
    await until(() => events.length === 3);
    assert.deepEqual(events, ['abc', 'closed', 'abort']);
  });

  test('while it is answered: the origin is told', async () => {
    let isClosed = false;
    let exchange: Exchange | null = null;
    using site = await Http1Site.listen((it) => {
      exchange = it;
      it.onClose = () => {
        isClosed = true;
      };
    });
    const client = await site.client();
    client.send(GET);
    await until(() => exchange !== null);
    client.socket.resetAndDestroy();
    await until(() => isClosed);
    assert.equal((exchange as unknown as Exchange).write(Buffer.from('x')), true);
  });
});

describe('time', { concurrency: true }, () => {
  test('for a head runs from its first byte: 408', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'), { headTimeoutMs: 50 });
    const client = await site.client();
    client.send('GET / HTTP/1.1\r\n');
    assert.match(await client.closed(), /^HTTP\/1\.1 408 /);
  });

  test('for a head is not prolonged by sending it slowly', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'), { headTimeoutMs: 50 });
    const client = await site.client();
    client.send('GET / HTTP/1.1\r\n');
    const drip = setInterval(() => client.send('X-A: b\r\n'), 20);
    await client.closed();
    clearInterval(drip);
    assert.match(client.received, /^HTTP\/1\.1 408 /);
  });

  test('for a connection that never sends ends silently', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'), { headTimeoutMs: 50 });
    const client = await site.client();
    assert.equal(await client.closed(), '');
  });

  test('for the next request ends silently', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'), { idleTimeoutMs: 50 });
    const client = await site.client();
    client.send(GET);
    assert.match(await client.closed(), /\r\n\r\nx$/);
  });

  test('for a body that stalls: 408, and its receiver is told', async () => {
    const events: string[] = [];
    const limits = { stallTimeoutMs: 50 };
    using site = await Http1Site.listen((it) => it.receiveBody(recorder(events)), limits);
    const client = await site.client();
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc');
    assert.match(await client.closed(), /^HTTP\/1\.1 408 /);
    assert.deepEqual(events, ['abc', 'abort']);
  });

  test('for a client that does not read its answer: the connection is cut', async () => {
    let isClosed = false;
    const limits = { stallTimeoutMs: 50 };
    using site = await Http1Site.listen((exchange) => {
      exchange.onClose = () => {
        isClosed = true;
      };
      exchange.onDrain = () => {
        while (exchange.write(Buffer.alloc(65_536)));
      };
      exchange.respond(ok({ kind: 'stream' }));
      exchange.onDrain();
    }, limits);
    const client = await site.client();
    client.socket.pause();
    client.send(GET);
    await until(() => isClosed);
  });

  test('for a client that takes its answer slowly goes on, as long as it takes something', async () => {
    const whole = Buffer.alloc(32 * 1024 * 1024);
    using site = await Http1Site.listen(
      (exchange) => {
        exchange.respond(ok({ kind: 'length', length: whole.length }));
        exchange.write(whole);
        exchange.end('');
      },
      { stallTimeoutMs: 300 },
    );
    const client = await site.client();
    const { socket } = client;
    socket.removeAllListeners('data');
    let received = 0;
    let rest = 0;
    socket.on('data', (text: string) => {
      received += text.length;
      rest += text.length;
      if (rest < 2 * 1024 * 1024) return;
      rest = 0;
      socket.pause();
      setTimeout(() => socket.resume(), 100);
    });
    client.send(GET);
    await until(() => received > whole.length);
  });

  test('for what was sent last runs too: a client that does not take it is cut off', async () => {
    using site = await Http1Site.listen(
      (exchange) => {
        exchange.respond(ok({ kind: 'length', length: 1 << 24 }));
        exchange.write(Buffer.alloc(1 << 24));
        exchange.end('');
      },
      { stallTimeoutMs: 50, maxRequests: 1 },
    );
    const client = await site.client();
    client.socket.pause();
    client.send(GET);
    await until(() => site.sockets.some(({ destroyed }) => destroyed));
  });

  test('does not run while the origin takes its time', async () => {
    const limits = { idleTimeoutMs: 50, headTimeoutMs: 50 };
    using site = await Http1Site.listen((exchange) => {
      setTimeout(() => answer(exchange, 'late'), 700);
    }, limits);
    const client = await site.client();
    client.send(GET);
    await client.expect('late');
  });
});

describe('a connection ends', () => {
  test('after as many requests as it may carry, which its last answer says', async () => {
    let requests = 0;
    using site = await Http1Site.listen(
      (exchange) => {
        requests++;
        answer(exchange, `answer ${requests}`);
      },
      { maxRequests: 3 },
    );
    const client = await site.client();
    client.send(GET.repeat(5));
    const received = await client.closed();
    assert.equal(requests, 3);
    assert.match(received, /answer 3$/);
    assert.equal(received.split('Connection: close').length, 2);
  });

  test('with the answer that goes out after its lifetime', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'), { lifetimeMs: 300 });
    const client = await site.client();
    const asking = setInterval(() => client.send(GET), 50);
    const received = await client.closed();
    clearInterval(asking);
    const answers = received.split('HTTP/1.1 200');
    assert.ok(answers.length > 3, received);
    assert.match(answers.at(-1) ?? '', /\r\nConnection: close\r\n/);
    assert.doesNotMatch(answers.slice(0, -1).join(''), /Connection: close/);
  });
});

describe('draining', () => {
  test('ends an idle connection after a second in which its next request may come', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'));
    const client = await site.client();
    client.send(GET);
    await client.expect('\r\n\r\nx');
    const started = performance.now();
    site.connections[0]?.drain();
    await client.closed();
    const waited = performance.now() - started;
    assert.ok(waited > 900, `${waited} ms`);
  });

  test('answers a request that comes to an idle connection, and says that it is the last', async () => {
    using site = await Http1Site.listen((exchange) => answer(exchange, 'x'));
    const client = await site.client();
    client.send(GET);
    await client.expect('\r\n\r\nx');
    site.connections[0]?.drain();
    client.send(GET);
    assert.match(await client.closed(), /\r\nConnection: close\r\n\r\nx$/);
  });

  test('a client that was told it could ask again may do so once', async () => {
    let exchange: Exchange | null = null;
    using site = await Http1Site.listen((it) => {
      exchange = it;
    });
    const client = await site.client();
    const next = async (): Promise<Exchange> => {
      await until(() => exchange !== null);
      const it = exchange as unknown as Exchange;
      exchange = null;
      return it;
    };
    client.send(GET);
    const first = await next();
    const body = { kind: 'length', length: 3 } as const;
    first.respond({ status: 200, reason: 'OK', fields: '', body });
    first.write(Buffer.from('on'));
    await client.expect('\r\n\r\non');
    site.connections[0]?.drain();
    first.write(Buffer.from('e'));
    first.end('');
    await client.expect('\r\n\r\none');
    client.send(GET);
    answer(await next(), 'last');
    const received = await client.closed();
    assert.equal(received.match(/Connection: close/g)?.length, 1);
    assert.match(received, /\r\nConnection: close\r\n\r\nlast$/);
  });

  test('lets a request be answered, and says that it is the last', async () => {
    let exchange: Exchange | null = null;
    using site = await Http1Site.listen((it) => {
      exchange = it;
    });
    const client = await site.client();
    client.send(GET);
    await until(() => exchange !== null);
    site.connections[0]?.drain();
    answer(exchange as unknown as Exchange, 'last');
    assert.match(await client.closed(), /\r\nConnection: close\r\n\r\nlast$/);
  });
});

describe('an upgrade', () => {
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n';
  const switching: ResponseHead = {
    status: 101,
    reason: 'Switching Protocols',
    fields: 'Sec-WebSocket-Accept: x\r\n',
    body: { kind: 'none', length: null },
  };

  test('hands over the socket and what was sent early', async () => {
    let end: TunnelEnd | null = null;
    using site = await Http1Site.listen((exchange) => {
      assert.equal(exchange.request.upgrade, 'websocket');
      assert.doesNotMatch(exchange.request.fields, /upgrade/i);
      end = exchange.upgrade(switching);
    });
    const client = await site.client();
    client.send(`${upgrade}early`);
    assert.equal(
      await client.expect('\r\n\r\n'),
      'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    const { socket, early } = end as unknown as TunnelEnd;
    assert.equal(early.toString(), 'early');
    socket.on('data', (bytes: Buffer) => socket.write(bytes));
    socket.resume();
    client.send('GET / not http');
    await client.expect('GET / not http');
  });

  test('is only for requests that ask for it', async () => {
    using site = await Http1Site.listen((exchange) => {
      assert.equal(exchange.upgrade(switching), null);
      answer(exchange, 'x');
    });
    const client = await site.client();
    client.send(GET);
    await client.expect(/^HTTP\/1\.1 200 /);
  });
});

function get(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

function ok(body: ResponseHead['body'], fields = ''): ResponseHead {
  return { status: 200, reason: 'OK', fields, body };
}

function answer(exchange: Exchange, text: string): void {
  const body = Buffer.from(text);
  exchange.respond(ok({ kind: 'length', length: body.length }));
  exchange.write(body);
  exchange.end('');
}

function recorder(events: string[], ended: () => void = () => {}): BodyReceiver {
  return {
    data(bytes) {
      events.push(bytes.toString());
      return true;
    },
    end(trailers) {
      events.push(`end ${trailers}`);
      ended();
    },
    abort: () => events.push('abort'),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUp = Date.now() + 4000;
  while (!isSo()) {
    assert.ok(Date.now() < giveUp, 'waited too long');
    await pause(2);
  }
}
