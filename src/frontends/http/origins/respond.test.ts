import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeExchange, type FakeRequest } from '../../../../test/support/fake-exchange.ts';
import { FixedResponse } from './respond.ts';

function ask(status: number, body: string, request: FakeRequest = {}, contentType = 'text/plain') {
  const exchange = new FakeExchange(request);
  new FixedResponse({ kind: 'respond', status, body, contentType }).handle(exchange);
  return exchange.answer;
}

test('answers the configured body under its content type', async () => {
  const answer = await ask(200, 'Hello World');
  assert.equal(answer.status, 200);
  assert.equal(answer.fields.get('content-type'), 'text/plain');
  assert.equal(answer.length, 11);
  assert.equal(answer.body.toString(), 'Hello World');
});

test('counts the length in bytes', async () => {
  const answer = await ask(200, '你好');
  assert.equal(answer.length, 6);
  assert.equal(answer.body.toString(), '你好');
});

test('answers HEAD with the length and no body', async () => {
  const answer = await ask(200, 'Hello World', { method: 'HEAD' });
  assert.equal(answer.length, 11);
  assert.equal(answer.body.length, 0);
});

test('answers an empty body with length 0', async () => {
  const answer = await ask(404, '');
  assert.equal(answer.status, 404);
  assert.equal(answer.length, 0);
  assert.equal(answer.fields.has('content-type'), false);
});

for (const status of [204, 304]) {
  test(`answers ${status} without body and length`, async () => {
    const answer = await ask(status, 'ignored');
    assert.equal(answer.length, null);
    assert.equal(answer.body.length, 0);
  });
}

test('answers each of many requests with the whole body', async () => {
  const origin = new FixedResponse({
    kind: 'respond',
    status: 200,
    body: 'same',
    contentType: 'text/plain',
  });
  for (let count = 0; count < 3; count++) {
    const exchange = new FakeExchange({ method: 'POST', body: ['x'] });
    origin.handle(exchange);
    assert.equal((await exchange.answer).body.toString(), 'same');
  }
});
