import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft } from './draft.ts';

test('makes a message that costs something once for a place, however often its file is included', () => {
  const draft = new Draft('nginx.conf');
  let made = 0;
  for (let round = 0; round < 1000; round++) {
    for (const line of [1, 2]) {
      draft.error({ file: 'types.conf', line, column: 1 }, () => `message ${++made}`);
    }
  }
  const result = draft.result('/', []);
  assert.ok(result.kind === 'invalid');
  assert.deepEqual(
    result.problems.map(({ message }) => message),
    ['message 1', 'message 2'],
  );
});
