import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteQueue } from './byte-queue.ts';

test('what is taken is what was pushed, in its order', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 5000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new ByteQueue();
      const pushed: Buffer[] = [];
      const taken: Buffer[] = [];
      const take = (most: number): boolean => {
        const bytes = queue.take(most);
        if (bytes === null) return false;
        assert.ok(bytes.length > 0 && bytes.length <= most);
        taken.push(Buffer.from(bytes));
        return true;
      };
      for (const next of steps) {
        if (typeof next === 'number') take(next);
        else {
          pushed.push(Buffer.from(next));
          queue.push(Buffer.from(next));
        }
        const left = total(pushed) - total(taken);
        assert.deepEqual([queue.length, queue.isEmpty], [left, left === 0]);
      }
      while (take(3000));
      assert.deepEqual(Buffer.concat(taken), Buffer.concat(pushed));
    }),
    { numRuns: 200 },
  );
});

test('many small pieces become few', () => {
  const queue = new ByteQueue();
  for (let i = 0; i < 100_000; i++) queue.push(Buffer.from([i & 0xff]));
  let pieces = 0;
  while (queue.take(65_536) !== null) pieces++;
  assert.ok(pieces < 20, `${pieces} pieces`);
});

function total(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
