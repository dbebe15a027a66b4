import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceiveWindow } from './receive-window.ts';

test('no more is taken than the window, until the other side was told of more', () => {
  const window = new ReceiveWindow(100);
  assert.equal(window.receive(100), true);
  assert.equal(window.take(49), 0);
  assert.equal(window.take(1), 50);
  assert.equal(window.receive(50), true);
  assert.equal(window.receive(1), false);
});
