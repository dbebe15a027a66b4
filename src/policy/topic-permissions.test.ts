import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TopicPermissions, type TopicRules } from './topic-permissions.ts';

const ALL: TopicRules = { allow: null, deny: [] };

function subscriber(rules: Partial<TopicRules>): TopicPermissions {
  return new TopicPermissions({ publish: ALL, subscribe: { ...ALL, ...rules } });
}

function publisher(rules: Partial<TopicRules>): TopicPermissions {
  return new TopicPermissions({ publish: { ...ALL, ...rules }, subscribe: ALL });
}

describe('what a user may do with which topic', () => {
  test('without rules nothing has to be asked', () => {
    const free = new TopicPermissions({ publish: ALL, subscribe: ALL });
    assert.ok(free.publishesAll && free.subscribesAll);
    assert.ok(!publisher({ allow: [] }).publishesAll);
    assert.ok(!subscriber({ deny: ['a'] }).subscribesAll);
  });

  test('an empty list allows nothing', () => {
    assert.ok(!publisher({ allow: [] }).mayPublish('a'));
    assert.ok(!subscriber({ allow: [] }).maySubscribe('a'));
    assert.ok(!subscriber({ allow: [] }).mayReceive('a'));
  });

  test('what is denied is denied, whatever is allowed', () => {
    const user = publisher({ allow: ['a/#'], deny: ['a/secret/#'] });
    assert.ok(user.mayPublish('a') && user.mayPublish('a/b'));
    assert.ok(!user.mayPublish('a/secret') && !user.mayPublish('a/secret/b'));
    assert.ok(!user.mayPublish('b'));
  });

  test('what is remembered is the same as what is decided', () => {
    const user = publisher({ allow: ['+/ok'] });
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 5000; index += 1) {
        assert.equal(user.mayPublish(`${index}/${index % 2 === 0 ? 'ok' : 'no'}`), index % 2 === 0);
      }
    }
    assert.ok(user.mayPublish(`${'x'.repeat(1000)}/ok`));
  });

  test('a filter is granted where everything it stands for is allowed', () => {
    const user = subscriber({ allow: ['a/#', 'b/+', '$SYS/broker/#'] });
    for (const text of ['a', 'a/#', 'a/+/c', 'b/x', 'b/+', '$SYS/broker/#', '$share/g/a/#']) {
      assert.ok(user.maySubscribe(text), text);
    }
    for (const text of ['#', '+', '+/#', 'b', 'b/#', 'b/x/y', '$SYS/#', '$share/g/#', '$share/g']) {
      assert.ok(!user.maySubscribe(text), text);
    }
  });

  test('and where nothing of it is denied', () => {
    const user = subscriber({ deny: ['secret/#', '+/private'] });
    for (const text of ['a', 'a/b', 'a/b/#', '$SYS/#', '$share/g/a/b']) {
      assert.ok(user.maySubscribe(text), text);
    }
    for (const text of ['#', '+', 'secret', '+/b', 'a/+', 'a/#', 'a/private', '$share/g/secret']) {
      assert.ok(!user.maySubscribe(text), text);
    }
    assert.ok(user.mayReceive('a') && !user.mayReceive('secret') && !user.mayReceive('x/private'));
  });

  test('topics outside ASCII are compared as the bytes that they are', () => {
    const topic = Buffer.from('größe/ä').toString('latin1');
    assert.ok(publisher({ allow: ['größe/+'] }).mayPublish(topic));
    assert.ok(!publisher({ allow: ['größe/a'] }).mayPublish(topic));
  });
});
