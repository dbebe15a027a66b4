import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTopicFilter, isTopicName, readSubscription } from './topic-filter.ts';

test('names have no wildcard and are not empty', () => {
  for (const name of ['a', '/', 'a//b', '$SYS/x', ' ', 'é']) assert.ok(isTopicName(name), name);
  for (const name of ['', '+', 'a/#', 'a+', 'a\0b']) assert.ok(!isTopicName(name), name);
});

test('wildcards are whole levels, and # is the last', () => {
  for (const text of ['a', '+', '#', '+/#', 'a/+/b', '/', '/#', '+/', '$SYS/#']) {
    assert.ok(isTopicFilter(text), text);
  }
  for (const text of ['', 'a+', '+a', 'a/b#', '#/a', 'a/#/', '++', 'a/+b/#', 'a\0']) {
    assert.ok(!isTopicFilter(text), text);
  }
});

test('a shared subscription has a group and a filter', () => {
  assert.deepEqual(readSubscription('a/#'), { group: null, filter: 'a/#' });
  assert.deepEqual(readSubscription('$share/g/a/#'), { group: 'g', filter: 'a/#' });
  assert.deepEqual(readSubscription('$share/g//'), { group: 'g', filter: '/' });
  assert.deepEqual(readSubscription('$shared/g/a'), { group: null, filter: '$shared/g/a' });
  for (const text of [
    '$share',
    '$share/',
    '$share/g',
    '$share/g/',
    '$share//a',
    '$share/+/a',
  ].concat(['$share/g#/a', '$share/g/a+', 'a#', ''])) {
    assert.equal(readSubscription(text), null, text);
  }
});
