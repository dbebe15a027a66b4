import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testLimits } from '../../../test/support/http-gateway.ts';
import type { RequestHead } from './exchange.ts';
import { readHttp2Request } from './http2-request.ts';
import { beginTrace } from './trace-context.ts';
import { parseRequestHead } from './wire/request-head.ts';

const VALID = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function overHttp1(lines: readonly string[]): RequestHead {
  const bytes = Buffer.from(['GET / HTTP/1.1', 'Host: a', ...lines, '', ''].join('\r\n'));
  const parsed = parseRequestHead(bytes, 0, bytes.length, 100);
  assert.equal(parsed.kind, 'request');
  return parsed;
}

function overHttp2(lines: readonly string[]): RequestHead {
  const fields = lines.flatMap((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ]);
  const list = [':method', 'GET', ':scheme', 'https', ':authority', 'a', ':path', '/', ...fields];
  const read = readHttp2Request(list, false, testLimits);
  assert.equal(read.kind, 'request');
  return read.head;
}

for (const [version, read] of [
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
] as const) {
  describe(version, () => {
    test('a valid trace passes through as it is, with its state', () => {
      const { fields, traceparent } = read([
        `traceparent: ${VALID}`,
        'tracestate: a=1',
        'x: y',
        'tracestate: b=2',
      ]);
      assert.equal(traceparent, VALID);
      for (const line of [`traceparent: ${VALID}`, 'tracestate: a=1', 'tracestate: b=2', 'x: y']) {
        assert.ok(fields.includes(`${line}\r\n`), line);
      }
    });

    test('a version to come is passed on where it begins the same way', () => {
      for (const value of [`cc${VALID.slice(2)}`, `cc${VALID.slice(2)}-more`]) {
        assert.equal(read([`Traceparent: ${value}`]).traceparent, value);
      }
    });

    test('a malformed trace is removed, with its state', () => {
      const malformed = [
        '',
        'x',
        VALID.toUpperCase(),
        `${VALID}-more`,
        `ff${VALID.slice(2)}`,
        VALID.slice(0, -1),
        ` ${VALID.slice(1)}`,
        `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
        `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
        `${VALID}, ${VALID}`,
      ];
      for (const value of malformed) {
        const { fields, traceparent } = read([`traceparent: ${value}`, 'tracestate: a=1', 'x: y']);
        assert.equal(traceparent, '', value);
        assert.equal(fields.toLowerCase(), 'x: y\r\n', value);
      }
    });

    test('of two traces none is passed on', () => {
      const { fields, traceparent } = read([`traceparent: ${VALID}`, `traceparent: ${VALID}`]);
      assert.deepEqual([fields, traceparent], ['', '']);
    });
  });
}

test('what Connection names is removed, the trace as well', () => {
  const { fields, traceparent } = overHttp1([`traceparent: ${VALID}`, 'Connection: traceparent']);
  assert.deepEqual([fields, traceparent], ['', '']);
});

test('a trace that begins here is valid, sampled and no two are alike', () => {
  const seen = new Set<string>();
  for (let count = 0; count < 1000; count++) {
    const request = overHttp1(['x: y']);
    beginTrace(request);
    assert.match(request.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.equal(request.fields, `x: y\r\ntraceparent: ${request.traceparent}\r\n`);
    assert.equal(
      overHttp1(request.fields.trimEnd().split('\r\n')).traceparent,
      request.traceparent,
    );
    seen.add(request.traceparent.slice(3, 35)).add(request.traceparent.slice(36, 52));
  }
  assert.equal(seen.size, 2000);
});
