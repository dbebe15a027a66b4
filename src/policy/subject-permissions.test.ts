import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ResponseAllowance } from './response-allowance.ts';
import {
  refuseSubject,
  type SubjectPermissionOptions,
  SubjectPermissions,
} from './subject-permissions.ts';
import {
  byteString,
  hasWildcard,
  isSubject,
  isSubset,
  overlaps,
  SubjectSet,
} from './subject-set.ts';

function permissions(change: Partial<SubjectPermissionOptions>): SubjectPermissions {
  const everything = { allow: null, deny: [] };
  return new SubjectPermissions({
    publish: everything,
    subscribe: everything,
    responses: null,
    ...change,
  });
}

describe('publishing', () => {
  const table: [allow: string[] | null, deny: string[], subject: string, allowed: boolean][] = [
    [null, [], 'anything', true],
    [[], [], 'anything', false],
    [['foo'], [], 'foo', true],
    [['foo'], [], 'Foo', false],
    [['foo'], [], 'foo.bar', false],
    [['foo.*'], [], 'foo.bar', true],
    [['foo.*'], [], 'foo', false],
    [['foo.*'], [], 'foo.bar.baz', false],
    [['foo.>'], [], 'foo.bar.baz', true],
    [['foo.>'], [], 'foo', false],
    [['>'], [], 'a', true],
    [['*.b.>'], [], 'a.b.c.d', true],
    [['*.b.>'], [], 'a.c.c.d', false],
    [['foo', 'bar'], [], 'bar', true],
    [null, ['foo'], 'foo', false],
    [null, ['foo'], 'bar', true],
    [['foo.>'], ['foo.secret'], 'foo.secret', false],
    [['foo.>'], ['foo.secret'], 'foo.secret.x', true],
    [['foo'], ['*'], 'foo', false],
    // Only tokens that are nothing else are wildcards.
    [['foo*'], [], 'foobar', false],
    [['foo*'], [], 'foo*', true],
    // What is published is read literally.
    [['foo.bar'], [], 'foo.*', false],
    [['foo.*'], [], 'foo.*', true],
    [null, ['foo.bar'], 'foo.*', true],
    [['>'], [], 'a..b', false],
    [['>'], [], '.a', false],
    [['>'], [], 'a.', false],
    [null, ['>'], 'a..b', true],
    // An entry with a queue group is about no publication.
    [['foo q'], [], 'foo', false],
    [[byteString('käse.*')], [], 'x', false],
  ];
  for (const [allow, deny, subject, allowed] of table) {
    const rules = `allow ${allow?.join(' ') ?? 'all'}, deny ${deny.join(' ')}`;
    test(`${rules}: ${subject} is ${allowed ? 'allowed' : 'refused'}`, () => {
      const compiled = permissions({ publish: { allow, deny } });
      assert.equal(compiled.mayPublish(subject), allowed);
      assert.equal(compiled.mayPublish(subject), allowed, 'the same when asked again');
    });
  }

  test('subjects are compared byte for byte', () => {
    const compiled = permissions({ publish: { allow: ['käse.*'], deny: [] } });
    assert.equal(compiled.mayPublish(byteString('käse.x')), true);
    assert.equal(compiled.mayPublish('käse.x'), false);
  });

  test('what was decided is forgotten before it fills the memory', () => {
    const compiled = permissions({ publish: { allow: ['foo.*'], deny: [] } });
    for (let index = 0; index < 10_000; index += 1) {
      assert.equal(compiled.mayPublish(`foo.${index}`), true);
      assert.equal(compiled.mayPublish(`bar.${index}`), false);
    }
  });
});

describe('subscribing', () => {
  const table: [
    allow: string[] | null,
    deny: string[],
    subject: string,
    queue: string | null,
    allowed: boolean,
  ][] = [
    [null, [], 'foo', null, true],
    [['foo'], [], 'foo', null, true],
    [['foo'], [], 'foo', 'any', true],
    [['foo q1'], [], 'foo', null, false],
    [['foo q1'], [], 'foo', 'q1', true],
    [['foo q1'], [], 'foo', 'q2', false],
    [['foo', 'foo q1'], [], 'foo', null, true],
    [['foo', 'foo q1'], [], 'foo', 'q2', false],
    [['foo v1.*'], [], 'foo', 'v1.blue', true],
    [['foo v1.*'], [], 'foo', 'v1.*', true],
    [['foo v1.*'], [], 'foo', 'v2.blue', false],
    [['foo v1.>'], [], 'foo', 'v1.a.b', true],
    [['foo.*'], [], 'foo.*', null, true],
    [['foo.*'], [], 'foo.>', null, false],
    [['foo.bar'], [], 'foo.*', null, false],
    [['foo.>'], [], 'foo.*', null, true],
    [null, ['foo.bar'], 'foo.bar', null, false],
    [null, ['foo.bar'], 'foo.*', null, true],
    [null, ['foo.*'], 'foo.*', null, false],
    [null, ['foo.*'], 'foo.>', null, false],
    [['*'], [], '>', null, false],
    [['*.>'], [], '>', null, false],
    [['*.>'], [], '*.>', null, true],
    [null, ['foo q1'], 'foo', null, true],
    [null, ['foo q1'], 'foo', 'q1', false],
    [null, ['foo q1'], 'foo', 'q2', true],
    [null, ['foo'], 'foo', 'q1', false],
    // As in nats-server, whatever one may think of it.
    [null, ['foo', 'foo q1'], 'foo', 'q2', true],
    [[], [], 'foo', null, false],
  ];
  for (const [allow, deny, subject, queue, allowed] of table) {
    const rules = `allow ${allow?.join(', ') ?? 'all'}; deny ${deny.join(', ')}`;
    test(`${rules}: ${subject} ${queue ?? ''} is ${allowed ? 'allowed' : 'refused'}`, () => {
      assert.equal(
        permissions({ subscribe: { allow, deny } }).maySubscribe(subject, queue),
        allowed,
      );
    });
  }

  test('a wildcard that covers something denied needs a filter, which leaves that out', () => {
    const compiled = permissions({ subscribe: { allow: null, deny: ['foo.secret', 'bar.>'] } });
    assert.equal(compiled.needsFilter('foo.*'), true);
    assert.equal(compiled.needsFilter('>'), true);
    assert.equal(compiled.needsFilter('foo.secret'), false);
    assert.equal(compiled.needsFilter('baz.*'), false);
    assert.equal(compiled.needsFilter('*.secret'), true, 'neither covers the other');
    assert.equal(compiled.mayReceive('foo.secret'), false);
    assert.equal(compiled.mayReceive('foo.open'), true);
    assert.equal(compiled.mayReceive('bar.x.y'), false);
  });

  test('a denied queue group does not keep messages from others', () => {
    const compiled = permissions({ subscribe: { allow: null, deny: ['foo.x q1'] } });
    assert.equal(compiled.mayReceive('foo.x'), true);
  });
});

describe('answers', () => {
  test('with leave to answer nothing else may be published, unless it is allowed', () => {
    const responses = { max: 1, expiresMs: 1000 };
    assert.equal(permissions({ responses }).mayPublish('foo'), false);
    const some = permissions({ responses, publish: { allow: ['foo'], deny: [] } });
    assert.equal(some.mayPublish('foo'), true);
    assert.equal(some.mayPublish('bar'), false);
  });

  test('as many as allowed, and no longer than allowed', () => {
    const allowance = new ResponseAllowance({ max: 2, expiresMs: 1000 });
    assert.equal(allowance.use('_INBOX.1', 0), false);
    allowance.grant('_INBOX.1', 0);
    assert.equal(allowance.use('_INBOX.1', 500), true);
    assert.equal(allowance.use('_INBOX.1', 1000), true);
    assert.equal(allowance.use('_INBOX.1', 1000), false);
    allowance.grant('_INBOX.2', 0);
    assert.equal(allowance.use('_INBOX.2', 1001), false);
    assert.equal(allowance.use('_INBOX.2', 10), false, 'it is gone');
  });

  test('without bounds there are none, but for the memory', () => {
    const allowance = new ResponseAllowance({ max: null, expiresMs: null });
    for (let index = 0; index < 20_000; index += 1) allowance.grant(`_INBOX.${index}`, 0);
    assert.equal(allowance.use('_INBOX.0', 1e12), false, 'the oldest was dropped');
    for (let time = 0; time < 100; time += 1) {
      assert.equal(allowance.use('_INBOX.19999', 1e12), true);
    }
  });
});

const token = fc.constantFrom('a', 'b', 'c', '*', '>');
const anySubject = fc
  .array(token, { minLength: 1, maxLength: 5 })
  .map((tokens) => tokens.join('.'));

/** The rule by itself, without an index. */
function covers(pattern: string, subject: string): boolean {
  const tokens = subject.split('.');
  const parts = pattern.split('.');
  for (const [index, part] of parts.entries()) {
    if (part === '>') return tokens.length > index;
    const other = tokens[index];
    if (other === undefined || (part !== '*' && part !== other)) return false;
  }
  return tokens.length === parts.length;
}

test('the index says what comparing with each entry says', () => {
  fc.assert(
    fc.property(
      fc.array(anySubject.filter(isSubject), { maxLength: 8 }),
      anySubject,
      (set, asked) => {
        const index = new SubjectSet(set.map((subject) => ({ subject, queue: null })));
        assert.equal(
          index.match(asked).plain,
          set.some((pattern) => covers(pattern, asked)),
        );
      },
    ),
  );
});

test('a subset has no subject that the whole has not', () => {
  const literal = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 })
    .map((tokens) => tokens.join('.'));
  const pattern = anySubject.filter(isSubject);
  fc.assert(
    fc.property(pattern, pattern, literal, (inner, outer, subject) => {
      if (isSubset(inner, outer) && covers(inner, subject)) assert.ok(covers(outer, subject));
      if (!hasWildcard(inner)) assert.equal(isSubset(inner, outer), covers(outer, inner));
      if (covers(inner, subject) && covers(outer, subject)) assert.ok(overlaps(inner, outer));
      if (isSubset(inner, outer)) assert.ok(overlaps(inner, outer));
      assert.equal(overlaps(inner, outer), overlaps(outer, inner));
    }),
  );
});

test('a refusal says what was asked for', () => {
  assert.deepEqual(refuseSubject('derek', 'subscribe', 'foo "x"', 'q'), {
    decision: 'refuse',
    code: 'user-not-allowed',
    user: 'derek',
    detail: 'subscribe "foo \\"x\\"" using queue "q"',
  });
});
