// As chains-as-openssl.test.ts, with thousands, and others each time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithOpenssl } from '../support/chain-agreement.ts';
import { fuzzPlan } from '../support/fuzz.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { seed } = fuzzPlan(150, 'long');

test(
  `6,000 random chains are judged as openssl judges them, seed ${seed}`,
  needs('openssl'),
  async (t) => {
    const folder = await temporaryFolder(t);
    const { chains, good, reasons, causes } = await compareWithOpenssl(folder, {
      worlds: 150,
      leaves: 40,
      seed,
    });
    t.diagnostic(`${chains} chains, ${good} of them good`);
    for (const [reason, times] of reasons) t.diagnostic(`${times} times otherwise: ${reason}`);
    assert.ok(good > 600, `${good} good`);
    assert.ok(causes.size >= 9, [...causes.keys()].join());
  },
);
