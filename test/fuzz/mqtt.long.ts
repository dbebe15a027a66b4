import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { mqttTargets } from './targets/mqtt-packets.ts';

for (const target of mqttTargets) {
  const plan = fuzzPlan(500_000, 'long');
  test(`${target.name}, seed ${plan.seed}`, () => fuzz(target, plan));
}
