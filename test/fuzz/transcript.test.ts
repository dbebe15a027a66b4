// A short run of each, always the same; transcript.long.ts goes on from there.
import { test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { transcriptTargets } from './transcript-targets.ts';

for (const target of transcriptTargets) {
  test(target.name, () => fuzz(target, fuzzPlan(600, 'short')));
}
