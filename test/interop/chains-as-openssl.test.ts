// Random chains, judged here and by `openssl verify`: the verdicts are the same, or differ for one of the
// reasons in test/support/chain-agreement.ts. chains-as-openssl.long.ts goes on from there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithOpenssl } from '../support/chain-agreement.ts';
import { fuzzPlan } from '../support/fuzz.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('480 random chains are judged as openssl judges them', needs('openssl'), async (t) => {
  const { seed } = fuzzPlan(12, 'short');
  const folder = await temporaryFolder(t);
  const { good, causes } = await compareWithOpenssl(folder, { worlds: 12, leaves: 40, seed });
  assert.ok(good > 50, `${good} good`);
  assert.ok(causes.size >= 8, [...causes.keys()].join());
});
