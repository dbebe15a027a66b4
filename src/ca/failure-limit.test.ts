import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureLimit } from './failure-limit.ts';

test('ten failures in a minute close the door for the rest of it, for that network alone', () => {
  const limit = new FailureLimit();
  for (let i = 0; i < 9; i++) limit.failed('192.0.2.1', i);
  assert.equal(limit.waitOf('192.0.2.1', 9), 0);
  limit.failed('192.0.2.1', 9);
  assert.equal(limit.waitOf('192.0.2.1', 10_000), 50_000);
  assert.equal(limit.waitOf('192.0.2.2', 10_000), 0);
  assert.equal(limit.waitOf('192.0.2.1', 60_000), 0);
  limit.failed('192.0.2.1', 60_001);
  assert.equal(limit.waitOf('192.0.2.1', 60_002), 0);
});

test('many networks are forgotten again, the oldest first', () => {
  const limit = new FailureLimit();
  for (let i = 0; i < 10; i++) limit.failed('first', 0);
  for (let i = 0; i < 5000; i++) limit.failed(`other ${i}`, 1);
  assert.equal(limit.waitOf('first', 2), 0);
});
