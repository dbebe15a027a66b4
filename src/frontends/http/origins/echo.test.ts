import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeExchange, type FakeRequest } from '../../../../test/support/fake-exchange.ts';
import { Echo } from './echo.ts';

interface Report {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string | null;
  body_bytes: number;
  remote_address: string;
  tls_version: string;
  handshake_id: string;
  peer: Record<string, unknown>;
}

async function ask(request: FakeRequest): Promise<Report> {
  const exchange = new FakeExchange(request);
  new Echo().handle(exchange);
  const answer = await exchange.answer;
  assert.equal(answer.status, 200);
  assert.equal(answer.fields.get('content-type'), 'application/json');
  return JSON.parse(answer.body.toString()) as Report;
}

test('tells the request as it came', async () => {
  const report = await ask({
    method: 'PUT',
    target: '/a%20b/c?x=1&y=?',
    authority: 'test.com:9443',
    fields: ['Accept: a', 'ACCEPT: b', 'Cookie: c=1', 'Cookie: d=2', '__proto__: p'],
  });
  assert.equal(report.method, 'PUT');
  assert.equal(report.path, '/a%20b/c');
  assert.equal(report.query, 'x=1&y=?');
  assert.equal(report.headers['host'], 'test.com:9443');
  assert.equal(report.headers['accept'], 'a, b');
  assert.equal(report.headers['cookie'], 'c=1; d=2');
  assert.equal(Object.getOwnPropertyDescriptor(report.headers, '__proto__')?.value, 'p');
});

test('tells who asks', async () => {
  const report = await ask({
    client: {
      subject: 'CN=example.com,OU=CNCF',
      sans: ['DNS:localhost', 'email:derek@nats.io'],
      user: 'derek@nats.io',
      verification: 'SUCCESS',
      fingerprint: 'ab12',
      handshakeId: 'h-1',
    },
  });
  assert.deepEqual(report.peer, {
    subject: 'CN=example.com,OU=CNCF',
    sans: ['DNS:localhost', 'email:derek@nats.io'],
    user: 'derek@nats.io',
    verify: 'SUCCESS',
    fingerprint: 'ab12',
  });
  assert.equal(report.handshake_id, 'h-1');
  assert.equal(report.headers['x-client-user'], 'derek@nats.io');
  assert.equal(report.headers['x-client-dn'], 'CN=example.com,OU=CNCF');
  assert.equal(report.headers['x-client-verify'], 'SUCCESS');
  assert.equal(report.headers['x-forwarded-for'], '192.0.2.7');
  assert.equal(report.headers['x-forwarded-host'], 'test.com');
  assert.equal(report.remote_address, '192.0.2.7');
  assert.equal(report.tls_version, 'TLSv1.3');
});

test('says of a client without a certificate that it has none', async () => {
  const { peer } = await ask({});
  assert.deepEqual(peer, {
    subject: null,
    sans: [],
    user: null,
    verify: 'NONE',
    fingerprint: null,
  });
});

for (const bodyLengthKnown of [true, false]) {
  test(`sends a small body back as text, its length ${bodyLengthKnown ? 'known' : 'unknown'}`, async () => {
    const half = Buffer.from('é');
    const body = ['one ', half.subarray(0, 1), half.subarray(1)];
    const report = await ask({ method: 'POST', body, bodyLengthKnown });
    assert.equal(report.body, 'one é');
    assert.equal(report.body_bytes, 6);
  });
}

test('counts a body that is long or not text', async () => {
  const chunk = 'x'.repeat(40_000);
  const long = await ask({ method: 'POST', body: [chunk, chunk] });
  assert.equal(long.body, null);
  assert.equal(long.body_bytes, 80_000);
  const binary = await ask({ method: 'POST', body: [Buffer.from([0xff, 0xfe])] });
  assert.equal(binary.body, null);
  assert.equal(binary.body_bytes, 2);
});

test('answers HEAD with the length that GET would have', async () => {
  const exchange = new FakeExchange({ method: 'HEAD' });
  new Echo().handle(exchange);
  const answer = await exchange.answer;
  assert.equal(answer.body.length, 0);
  assert.ok((answer.length ?? 0) > 100);
});
