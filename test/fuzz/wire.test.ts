// A short run of each, always the same; wire.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { wireTargets } from './wire-targets.ts';

for (const target of wireTargets) {
  test(target.name, () => fuzz(target, fuzzPlan(600, 'short')));
}
