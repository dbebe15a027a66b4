import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { pkiTargets } from './pki-targets.ts';

for (const target of pkiTargets) {
  const plan = fuzzPlan(100_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
