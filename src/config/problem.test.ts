import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem, printPath } from './problem.ts';

test('a problem is printed with its place, or without one', () => {
  const problem = { file: 'a.yaml', message: 'is wrong' };
  assert.equal(
    formatProblem({ ...problem, position: { line: 3, column: 7 } }),
    'a.yaml:3:7: is wrong',
  );
  assert.equal(formatProblem({ ...problem, position: null }), 'a.yaml: is wrong');
});

test('what a message quotes of the file cannot act on a terminal', () => {
  const message = 'unknown key "a\u009b\u007f\u001b[2J\u202eb"';
  assert.equal(
    formatProblem({ file: 'a.yaml', position: null, message }),
    'a.yaml: unknown key "a\\u{9b}\\u{7f}\\u{1b}[2J\\u{202e}b"',
  );
});

test('a path is printed as people write it', () => {
  assert.equal(printPath(['listeners', 0, 'tls', 'verify']), 'listeners[0].tls.verify');
  assert.equal(printPath(['a b', '']), '"a b".""');
  assert.equal(printPath([]), '');
});
