// A short run of each, always the same; configuration.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { configurationTargets } from './configuration-targets.ts';

for (const target of configurationTargets) {
  test(target.name, () => fuzz(target, fuzzPlan(100, 'short')));
}
