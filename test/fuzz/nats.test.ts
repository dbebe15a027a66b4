// A short run of each, always the same; nats.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { natsClientTarget, natsUpstreamTarget } from './targets/nats-lines.ts';

for (const target of [natsClientTarget, natsUpstreamTarget]) {
  test(target.name, () => fuzz(target, fuzzPlan(2000, 'short')));
}
