// A short run of each, always the same; pki.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { pkiTargets } from './pki-targets.ts';

for (const target of pkiTargets) {
  test(target.name, () => fuzz(target, fuzzPlan(600, 'short')));
}
