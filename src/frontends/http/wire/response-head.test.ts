import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { responseCases } from '../../../../test/vectors/http1-responses.ts';
import { parseResponseHead } from './response-head.ts';

describe('a response head', () => {
  for (const { name, raw, method, expected } of responseCases) {
    test(`${typeof expected === 'string' ? 'is refused' : 'is read'}: ${name}`, () => {
      const bytes = Buffer.from(raw, 'latin1');
      const parsed = parseResponseHead(bytes, 0, bytes.length, method ?? 'GET', 100);
      if (typeof expected === 'string') {
        assert.equal(parsed.kind === 'refused' ? parsed.fault : parsed, expected);
      } else {
        assert.equal(parsed.kind, 'response', JSON.stringify(parsed));
        const seen = Object.entries(parsed).filter(([key]) => key in expected);
        assert.deepEqual(Object.fromEntries(seen), expected);
      }
    });
  }

  test('is read where it stands in the buffer', () => {
    const bytes = Buffer.from('xxHTTP/1.1 200 Fine\r\nContent-Length: 5\r\nA: b\r\n\r\nhello');
    const parsed = parseResponseHead(bytes, 2, bytes.length - 5, 'GET', 100);
    assert.ok(parsed.kind === 'response');
    assert.equal(parsed.reason, 'Fine');
    assert.equal(parsed.fields, 'A: b\r\n');
  });
});
