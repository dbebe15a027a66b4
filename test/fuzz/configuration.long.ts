import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { configurationTargets } from './configuration-targets.ts';

for (const target of configurationTargets) {
  const plan = fuzzPlan(20_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
