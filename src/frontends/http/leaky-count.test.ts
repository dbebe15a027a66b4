import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeakyCount } from './leaky-count.ts';

test('as many as may come at once are not too many, and one more is', () => {
  const count = new LeakyCount(3, 0);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => count.add()),
    [false, false, false, true],
  );
});

test('what comes no faster than it leaks never adds up', async () => {
  const count = new LeakyCount(2, 100);
  for (let i = 0; i < 20; i++) {
    assert.equal(count.add(), false);
    await sleep(15);
  }
});

test('what is forgiven may come again', () => {
  const count = new LeakyCount(2, 0);
  for (let i = 0; i < 100; i++) {
    assert.equal(count.add(), false);
    if (i % 2 === 1) count.forgive(5);
  }
  count.add();
  count.add();
  assert.equal(count.add(), true);
});
