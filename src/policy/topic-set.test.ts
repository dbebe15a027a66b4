import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { TopicSet } from './topic-set.ts';

/** Section 4.7 word by word: one filter, one topic. */
function matches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const filters = filter.split('/');
  const levels = topic.split('/');
  for (const [index, level] of filters.entries()) {
    if (level === '#') return levels.length >= index;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return filters.length === levels.length;
}

/** More levels than filters name, so that one is always left that none of them names. */
const NAMED = ['', 'a', 'b', '$s'];
const LEVELS = [...NAMED, 'other'];
const LONGEST = 4;

/** Every topic of up to four levels: filters of up to three levels differ on none that is longer. None is empty. */
const TOPICS = Array.from({ length: LONGEST }, (_, index) => topicsOf(index + 1))
  .flat()
  .filter((topic) => topic !== '');

function topicsOf(levels: number): string[] {
  if (levels === 1) return LEVELS;
  return topicsOf(levels - 1).flatMap((start) => LEVELS.map((level) => `${start}/${level}`));
}

const level = fc.constantFrom(...NAMED, '+');
const filter = fc
  .tuple(fc.array(level, { minLength: 0, maxLength: LONGEST - 1 }), fc.boolean())
  .filter(([levels, hasRest]) => hasRest || levels.length > 0)
  .map(([levels, hasRest]) => (hasRest ? [...levels.slice(0, 2), '#'] : levels).join('/'))
  .filter((text) => text !== '');
const filters = fc.array(filter, { maxLength: 4 });

function inAny(all: readonly string[], topic: string): boolean {
  return all.some((one) => matches(one, topic));
}

describe('a set of topics', () => {
  test('holds what one of its filters stands for', () => {
    fc.assert(
      fc.property(filters, fc.constantFrom(...TOPICS), (all, topic) => {
        assert.equal(new TopicSet(all).has(topic), inAny(all, topic));
      }),
      { numRuns: 2000 },
    );
  });

  test('covers a filter exactly where it holds every topic of it', () => {
    fc.assert(
      fc.property(filters, filter, (all, asked) => {
        const every = TOPICS.filter((topic) => matches(asked, topic));
        const covered = every.every((topic) => inAny(all, topic));
        assert.equal(new TopicSet(all).covers(asked), covered);
      }),
      { numRuns: 1000 },
    );
  });

  test('overlaps a filter exactly where it holds some topic of it', () => {
    fc.assert(
      fc.property(filters, filter, (all, asked) => {
        const some = TOPICS.some((topic) => matches(asked, topic) && inAny(all, topic));
        assert.equal(new TopicSet(all).overlaps(asked), some);
      }),
      { numRuns: 1000 },
    );
  });

  test('the cases of the specification', () => {
    const has = (one: string, topic: string): boolean => new TopicSet([one]).has(topic);
    for (const topic of ['sport/tennis/player1', 'sport/tennis/player1/ranking']) {
      assert.ok(has('sport/tennis/player1/#', topic), topic);
    }
    assert.ok(has('sport/#', 'sport'));
    assert.ok(has('sport/tennis/+', 'sport/tennis/player1'));
    assert.ok(!has('sport/tennis/+', 'sport/tennis/player1/ranking'));
    assert.ok(!has('sport/+', 'sport'));
    assert.ok(has('sport/+', 'sport/'));
    assert.ok(has('+/+', '/finance'));
    assert.ok(has('/+', '/finance'));
    assert.ok(!has('+', '/finance'));
    assert.ok(!has('#', '$SYS/monitor'));
    assert.ok(!has('+/monitor/Clients', '$SYS/monitor/Clients'));
    assert.ok(has('$SYS/#', '$SYS/'));
    assert.ok(has('$SYS/monitor/+', '$SYS/monitor/Clients'));
    assert.ok(!has('accounts', 'Accounts'));
  });

  test('several filters cover together what none does alone', () => {
    const set = new TopicSet(['a', 'a/+', 'a/+/+/#']);
    assert.ok(set.covers('a/#'));
    assert.ok(!new TopicSet(['a', 'a/+/+/#']).covers('a/#'));
    assert.ok(new TopicSet(['+/#']).covers('#'));
    assert.ok(!new TopicSet(['#']).covers('$SYS/#'));
  });

  test('no topic is empty', () => {
    assert.ok(new TopicSet(['/+/#']).covers('/#'));
    assert.ok(!new TopicSet(['/+']).covers('/#'));
    assert.ok(!new TopicSet(['/#']).overlaps('+'));
    assert.ok(!new TopicSet(['+']).overlaps('/#'));
    assert.ok(new TopicSet(['+/b']).overlaps('/#'));
  });

  test('no filter of a client makes a question long', () => {
    const set = new TopicSet(
      Array.from({ length: 200 }, (_, index) => `${'+/'.repeat(index % 20)}a/${'+/'.repeat(20)}b`),
    );
    const began = process.cpuUsage();
    for (const asked of ['+/'.repeat(30_000), `${'a/'.repeat(30_000)}#`, '/'.repeat(65_000)]) {
      set.covers(asked);
      set.overlaps(asked);
      set.has(asked);
    }
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 2_000_000, `${user + system} us`);
  });
});
