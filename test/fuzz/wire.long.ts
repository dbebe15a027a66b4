import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { wireTargets } from './wire-targets.ts';

for (const target of wireTargets) {
  const plan = fuzzPlan(200_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
