import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigDocument } from './document.ts';

test('a configuration of another program is met with the flag that reads it', () => {
  const nats = Buffer.from('listen: 4222\ntls {\n  verify: true\n}\n');
  const result = parseConfigDocument(nats, 'nats.conf', {});
  assert.ok(result.kind === 'invalid');
  assert.match(result.problems[0]?.message ?? '', /; .*--adapter nats or --adapter nginx$/);
  const same = parseConfigDocument(nats, 'gateway.yaml', {});
  assert.ok(same.kind === 'invalid');
  assert.doesNotMatch(same.problems[0]?.message ?? '', /adapter/);
});
