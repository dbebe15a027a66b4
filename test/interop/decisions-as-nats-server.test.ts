// A sample; decisions-as-nats-server.long.ts takes everybody.
import { test } from 'node:test';
import { issuePopulation } from '../support/client-population.ts';
import { assertAgreement, listedDifferences } from '../support/decision-agreement.ts';
import { natsDecisions } from '../support/nats-decisions.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test(
  "clients are who nats-server's file says, proved and live as at nats-server",
  needs('nats-server'),
  async (t) => {
    const differences = listedDifferences('nats-server');
    const folder = await temporaryFolder(t);
    const population = await issuePopulation(folder, {
      seed: 1,
      random: 60,
      every: 4,
      always: [...differences.keys()],
    });
    assertAgreement(await natsDecisions(t, population), differences);
  },
);
