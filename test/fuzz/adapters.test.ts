// A short run of each, always the same; adapters.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { natsTarget, nginxTarget } from './targets/adapters.ts';

for (const target of [natsTarget, nginxTarget]) {
  test(target.name, () => fuzz(target, fuzzPlan(200, 'short')));
}
