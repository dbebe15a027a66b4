import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uriPattern } from './uri-pattern.ts';

test('expressions that are path patterns', () => {
  for (const [regex, expected] of [
    ['^/health$', '/health'],
    ['^/public/', '/public/*'],
    ['^/public/.*', '/public/*'],
    ['^/public/.*$', '/public/*'],
    ['^/a\\.b\\-c$', '/a.b-c'],
    ['^/.*', '/*'],
  ]) {
    assert.deepEqual(uriPattern(regex ?? ''), { kind: 'pattern', pattern: expected });
  }
});

test('every other expression is refused: it might open more than was meant', () => {
  for (const regex of [
    '/health',
    'health',
    '^/hello[0-9]+',
    '^/a|/b',
    '^/a.b$',
    '^/(a|b)$',
    '^/a.*b$',
    '^/a+$',
    '^/a\\d$',
    '^/a\\\\$',
    '^/a$$',
    '^^/a',
    '^a',
    '^',
    '',
    '^/a/../b$',
  ]) {
    assert.equal(uriPattern(regex).kind, 'invalid', regex);
  }
});
