// A short run of each, always the same; mqtt.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { mqttTargets } from './targets/mqtt-packets.ts';

for (const target of mqttTargets) {
  test(target.name, () => fuzz(target, fuzzPlan(2000, 'short')));
}
