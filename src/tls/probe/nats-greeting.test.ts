import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNatsGreeting } from './nats-greeting.ts';

const read = (text: string) => readNatsGreeting(Buffer.from(text));

test('a whole INFO line is a greeting, a part of one is not', () => {
  const line =
    'INFO {"server_name":"n1","version":"2.10.7","tls_required":true,"tls_verify":true}\r\n';
  assert.deepEqual(read(line), {
    kind: 'greeting',
    greeting: { version: '2.10.7', serverName: 'n1', tlsRequired: true, tlsVerify: true },
  });
  for (let cut = 0; cut < line.length - 1; cut++) {
    assert.equal(read(line.slice(0, cut)).kind, 'incomplete', `${cut} bytes`);
  }
});

test('TLS that is offered without being required is taken', () => {
  const result = read('INFO {"tls_available":true}\r\n');
  assert.deepEqual(result, {
    kind: 'greeting',
    greeting: { version: null, serverName: null, tlsRequired: false, tlsVerify: false },
  });
});

test('whatever is no INFO line, and whatever offers no TLS, is no-tls', () => {
  const details = [
    ['HTTP/1.1 200 OK\r\n', 'it does not begin with INFO, as NATS servers do'],
    ['\x16\x03\x01', 'it does not begin with INFO, as NATS servers do'],
    ['INFO x\r\n', 'its INFO line is no JSON object'],
    ['INFO null\r\n', 'its INFO line is no JSON object'],
    ['INFO {"tls_required":"true"}\r\n', 'its INFO offers no TLS'],
    [`INFO ${'x'.repeat(70_000)}`, 'its INFO line does not end'],
    [`INFO ${'x'.repeat(70_000)}\r\n`, 'its INFO line is too long'],
  ];
  for (const [text, detail] of details) {
    assert.deepEqual(read(text ?? ''), { kind: 'no-tls', detail });
  }
});
