import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issuePopulation } from '../support/client-population.ts';
import { assertAgreement, listedDifferences } from '../support/decision-agreement.ts';
import { nginxDecisions } from '../support/nginx-decisions.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);

test(
  `every client is served as nginx serves it by the same file, seed ${seed}`,
  needs('nginx'),
  async (t) => {
    const differences = listedDifferences('nginx');
    const folder = await temporaryFolder(t);
    const population = await issuePopulation(folder, { seed, random: 150 });
    const judgements = await nginxDecisions(t, population);
    assert.ok(judgements.length > 1800);
    assertAgreement(judgements, differences);
  },
);
