import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sideBySide } from './side-by-side.ts';

const rows = (left: string, right: string): string[] =>
  sideBySide(left.split(''), right.split(''), (letter) => letter).map(
    ([one, other]) => `${one ?? '-'}${other ?? '-'}`,
  );

test('what both have stands in one row, what one has alone', () => {
  assert.deepEqual(rows('abde', 'abcde'), ['aa', 'bb', '-c', 'dd', 'ee']);
  assert.deepEqual(rows('ax', 'a'), ['aa', 'x-']);
  assert.deepEqual(rows('', 'ab'), ['-a', '-b']);
  assert.deepEqual(rows('', ''), []);
});

test('each list is read down its column, and pairs are the same', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(letters, letters, (left, right) => {
      const paired = sideBySide(left, right, (letter) => letter);
      assert.deepEqual(
        paired.flatMap(([one]) => one ?? []),
        left,
      );
      assert.deepEqual(
        paired.flatMap(([, other]) => other ?? []),
        right,
      );
      for (const [one, other] of paired) {
        assert.ok(one === null || other === null || one === other);
        assert.ok(one !== null || other !== null);
      }
    }),
  );
});
