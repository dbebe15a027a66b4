import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { natsTarget, nginxTarget } from './targets/adapters.ts';

for (const target of [natsTarget, nginxTarget]) {
  const plan = fuzzPlan(20_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
