import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpcRefusal, isGrpc, statusFields } from './grpc.ts';

const typed = (type: string, method = 'POST') => {
  return { method, fields: `te: trailers\r\n${type}\r\nuser-agent: x\r\n` };
};

test('a call of gRPC is told by its content type', () => {
  for (const type of [
    'application/grpc',
    'application/grpc+proto',
    'application/grpc;charset=utf-8',
    'application/grpc-web',
    'application/grpc-web-text+proto',
    'Application/GRPC',
  ]) {
    assert.equal(isGrpc(typed(`content-type: ${type}`)), true, type);
    assert.equal(isGrpc(typed(`Content-Type:${type} `)), true, type);
  }
  for (const field of [
    'content-type: application/json',
    'content-type: application/grpcs',
    'content-type: application/grpc-x',
    'content-type: text/plain; of=application/grpc',
    'x-content-type: application/grpc',
    'accept: application/grpc',
  ]) {
    assert.equal(isGrpc(typed(field)), false, field);
  }
  assert.equal(isGrpc(typed('content-type: application/grpc', 'GET')), false);
});

test('a refusal is all head, of the kind that was asked in', () => {
  const head = grpcRefusal(typed('content-type: application/grpc-web+proto'), 7, 'no', 'h1');
  assert.equal(head.status, 200);
  assert.equal(
    head.fields,
    'content-type: application/grpc-web\r\ngrpc-status: 7\r\ngrpc-message: no (h1)\r\n',
  );
  assert.deepEqual(head.body, { kind: 'length', length: 0 });
});

test('a message is percent-encoded', () => {
  assert.equal(
    statusFields(14, '100 % \u00fc\r\n'),
    'grpc-status: 14\r\ngrpc-message: 100 %25 %C3%BC%0D%0A\r\n',
  );
});
