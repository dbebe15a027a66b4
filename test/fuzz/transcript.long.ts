import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { transcriptTargets } from './transcript-targets.ts';

for (const target of transcriptTargets) {
  const plan = fuzzPlan(100_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
