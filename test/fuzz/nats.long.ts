import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { natsClientTarget, natsUpstreamTarget } from './targets/nats-lines.ts';

for (const target of [natsClientTarget, natsUpstreamTarget]) {
  const plan = fuzzPlan(500_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
