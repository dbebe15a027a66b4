import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issuePopulation } from '../support/client-population.ts';
import { assertAgreement, listedDifferences } from '../support/decision-agreement.ts';
import { natsDecisions } from '../support/nats-decisions.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);

test(
  `every client is who nats-server's file says, seed ${seed}`,
  needs('nats-server'),
  async (t) => {
    const differences = listedDifferences('nats-server');
    const folder = await temporaryFolder(t);
    const population = await issuePopulation(folder, { seed, random: 500 });
    const judgements = await natsDecisions(t, population);
    assert.ok(judgements.length > 600);
    assertAgreement(judgements, differences);
  },
);
