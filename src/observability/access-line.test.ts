import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testClient } from '../../test/support/http-gateway.ts';
import type { Answer, ClientFacts, RequestHead } from '../frontends/http/exchange.ts';
import { type AccessLine, AccessRecord, commonLine, jsonLine } from './access-line.ts';

const AT = Date.UTC(2026, 10, 22, 3, 14, 6, 123);
const request: RequestHead = {
  method: 'GET',
  target: '/a?b=c',
  path: '/a',
  authority: 'example.com',
  version: '1.1',
  fields: '',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  body: { kind: 'none' },
  expectsContinue: false,
  upgrade: null,
};
const answer: Answer = { request, status: 200, sentBytes: 12, begunAt: 1000 };

/** The line of a request that took 1.5 ms. */
function lineOf(write: AccessLine, client: ClientFacts, told: Answer, at = AT): string {
  const record = new AccessRecord();
  record.note(':1', client, told, told.begunAt + 1.5, at);
  const memory = Buffer.alloc(5000, '?');
  return memory.toString('latin1', 7, write(record, memory, 7));
}

test('the common format has the user in its place', () => {
  const client = { ...testClient };
  assert.equal(
    lineOf(commonLine, client, answer),
    '192.0.2.7 - derek [22/Nov/2026:03:14:06 +0000] "GET /a?b=c HTTP/1.1" 200 12\n',
  );
  assert.equal(
    lineOf(commonLine, { ...testClient, user: 'CN=a b,O=c' }, { ...answer, sentBytes: 0 }),
    '192.0.2.7 - CN=a\\x20b,O=c [22/Nov/2026:03:14:06 +0000] "GET /a?b=c HTTP/1.1" 200 -\n',
  );
  assert.equal(
    lineOf(commonLine, { ...testClient, user: null }, { ...answer, request: null, status: 0 }),
    '192.0.2.7 - - [22/Nov/2026:03:14:06 +0000] "-" - 12\n',
  );
});

test('a line is the same whatever its client asked before', () => {
  const other = { ...answer, request: { ...request, method: 'POST' } };
  const elsewhere = { ...answer, request: { ...request, authority: 'other.example' } };
  const unread = { ...answer, request: null, status: 400 };
  for (const write of [jsonLine, commonLine]) {
    const client = { ...testClient };
    for (const told of [answer, answer, other, answer, unread, unread, elsewhere, elsewhere]) {
      assert.equal(lineOf(write, client, told), lineOf(write, { ...testClient }, told));
    }
  }
  const client = { ...testClient };
  for (const write of [jsonLine, jsonLine, commonLine, commonLine, commonLine, jsonLine]) {
    assert.equal(lineOf(write, client, answer), lineOf(write, { ...testClient }, answer));
  }
});

test('times are printed to the millisecond', () => {
  for (const at of [0, 5, 50, 999, 1000, AT, AT - 118]) {
    const { time } = JSON.parse(lineOf(jsonLine, { ...testClient }, answer, at)) as {
      time: string;
    };
    assert.equal(time, new Date(at).toISOString());
  }
});

test('JSON has the ids of handshake and trace', () => {
  const line = JSON.parse(lineOf(jsonLine, { ...testClient }, answer)) as Record<string, unknown>;
  assert.deepEqual(line, {
    time: '2026-11-22T03:14:06.123Z',
    listener: ':1',
    id: 'h-test',
    address: '192.0.2.7',
    user: 'derek',
    request: { method: 'GET', host: 'example.com', target: '/a?b=c', version: '1.1' },
    trace: '0af7651916cd43dd8448eb211c80319c',
    status: 200,
    bytes: 12,
    microseconds: 1500,
  });
});

test('whatever a client sends, a line is one line of ASCII, JSON is JSON, and a pipe takes it whole', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .string({ unit: 'binary', minLength: 1 })
      .map((some) => `${some}"x`.repeat(1000).slice(0, 4000)),
    fc.constant('x'.repeat(9000)),
  );
  fc.assert(
    fc.property(text, text, text, (target, user, authority) => {
      const client = { ...testClient, user };
      const odd = { ...answer, request: { ...request, target, authority } };
      const common = lineOf(commonLine, client, odd);
      const json = lineOf(jsonLine, client, odd);
      for (const line of [common, json]) assert.match(line, /^[\x20-\x7e]{1,4095}\n$/);
      if (authority === '') return;
      const read = JSON.parse(json) as { request: { target: string }; user: string };
      assert.ok(target.startsWith(read.request.target));
      assert.ok(user.startsWith(read.user));
      assert.match(common, /^192\.0\.2\.7 - \S* \[[^\]]+\] "(?:[^"\\]|\\.)*" 200 12\n$/);
    }),
    { numRuns: 40 },
  );
});

test('each request of a connection has its own method, host and target', () => {
  const client = { ...testClient };
  const seen = [
    { method: 'GET', authority: 'a.example', target: '/1' },
    { method: 'GET', authority: 'a.example', target: '/2' },
    { method: 'PUT', authority: 'a.example', target: '/2' },
    { method: 'PUT', authority: 'b.example', target: '/2' },
  ].map((head) => {
    const text = lineOf(jsonLine, client, { ...answer, request: { ...request, ...head } });
    const { method, host, target } = (JSON.parse(text) as { request: Record<string, string> })
      .request;
    return `${method} ${host} ${target}`;
  });
  assert.deepEqual(seen, [
    'GET a.example /1',
    'GET a.example /2',
    'PUT a.example /2',
    'PUT b.example /2',
  ]);
});

test('numbers are printed whole, whatever their size', () => {
  for (const sentBytes of [1, 9, 10, 99, 100, 999_999_999, 1_000_000_000, 2 ** 40]) {
    const { bytes } = JSON.parse(lineOf(jsonLine, { ...testClient }, { ...answer, sentBytes })) as {
      bytes: number;
    };
    assert.equal(bytes, sentBytes);
    assert.match(
      lineOf(commonLine, testClient, { ...answer, sentBytes }),
      new RegExp(` ${sentBytes}\n$`),
    );
  }
});

test('what could not be read is a line all the same', () => {
  const { request: head, status } = JSON.parse(
    lineOf(jsonLine, testClient, { ...answer, request: null, status: 400 }),
  ) as { request: null; status: number };
  assert.deepEqual([head, status], [null, 400]);
});

test('a record that is used again tells nothing of the one before', () => {
  const record = new AccessRecord();
  const memory = Buffer.alloc(5000);
  const print = (told: Answer): string => {
    record.note(':1', testClient, told, told.begunAt, AT);
    const text = memory.toString('latin1', 0, jsonLine(record, memory, 0));
    record.forget();
    return text;
  };
  print(answer);
  const bare = { ...request, traceparent: '', target: '/' };
  assert.equal(
    print({ ...answer, request: bare }),
    lineOf(jsonLine, testClient, { ...answer, request: bare }).replace('1500', '0'),
  );
  assert.match(print({ ...answer, request: null }), /"request":null,"status":200/);
});
