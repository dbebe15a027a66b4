import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Roster } from './roster.ts';

test('a roster holds whom a set would hold', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (steps) => {
      const roster = new Roster<number>();
      const there = new Map<number, number>();
      for (const [time, step] of steps.entries()) {
        const leaver = [...there.keys()][step];
        if (leaver === undefined) there.set(time, roster.add(time));
        else {
          roster.remove(there.get(leaver) ?? -1);
          there.delete(leaver);
        }
        assert.equal(roster.size, there.size);
        assert.deepEqual(
          [...roster].toSorted((a, b) => a - b),
          [...there.keys()],
        );
      }
    }),
  );
});

test('places are given again, so that a roster is no larger than its fullest', () => {
  const roster = new Roster<number>();
  const places = [roster.add(1), roster.add(2)];
  for (let round = 0; round < 100; round++) {
    for (const place of places) roster.remove(place);
    assert.equal(roster.size, 0);
    for (const index of places.keys()) places[index] = roster.add(round);
    assert.deepEqual(new Set(places), new Set([0, 1]));
  }
});

test('whoever is removed while all are gone through is left out', () => {
  const roster = new Roster<string>();
  const places = ['a', 'b', 'c'].map((member) => roster.add(member));
  const met: string[] = [];
  for (const member of roster) {
    met.push(member);
    if (member === 'a') roster.remove(places[1] ?? -1);
  }
  assert.deepEqual(met, ['a', 'c']);
});
