// A sample; decisions-as-nginx.long.ts takes everybody.
import { test } from 'node:test';
import { issuePopulation } from '../support/client-population.ts';
import { assertAgreement, listedDifferences } from '../support/decision-agreement.ts';
import { nginxDecisions } from '../support/nginx-decisions.ts';
import { needs } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test(
  'clients are served as nginx serves them by the same file, proved and live',
  needs('nginx'),
  async (t) => {
    const differences = listedDifferences('nginx');
    const folder = await temporaryFolder(t);
    const population = await issuePopulation(folder, {
      seed: 1,
      random: 0,
      every: 12,
      always: [...differences.keys()],
    });
    assertAgreement(await nginxDecisions(t, population), differences);
  },
);
