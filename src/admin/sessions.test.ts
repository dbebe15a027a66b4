import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sessions } from './sessions.ts';

test('a code works once, and not for long', () => {
  let now = 0;
  const sessions = new Sessions(() => now);
  const code = sessions.issueCode();
  const session = sessions.redeem(code);
  assert.ok(session !== null && sessions.isOpen(session));
  assert.equal(sessions.redeem(code), null);
  assert.equal(sessions.redeem('x'), null);
  const late = sessions.issueCode();
  now = 15 * 60_000;
  assert.equal(sessions.redeem(late), null);
});

test('a session ends by its time, and by its owner', () => {
  let now = 0;
  const sessions = new Sessions(() => now);
  const [one, other] = [sessions.begin(), sessions.begin()];
  sessions.end(one);
  assert.deepEqual([sessions.isOpen(one), sessions.isOpen(other)], [false, true]);
  now = 12 * 3_600_000;
  assert.equal(sessions.isOpen(other), false);
});

test('there is an end to how many sessions are kept', () => {
  const sessions = new Sessions(() => 0);
  const first = sessions.begin();
  for (let more = 0; more < 1000; more++) sessions.begin();
  assert.equal(sessions.isOpen(first), false);
});
