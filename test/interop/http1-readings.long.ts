// As http1-readings.test.ts, with requests that are changed at random.
import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fuzz, fuzzPlan } from '../support/fuzz.ts';
import { compareReadings } from '../support/http1-comparison.ts';
import { type Readers, startReaders } from '../support/http1-readers.ts';
import { textMutations } from '../support/mutation.ts';
import { needs } from '../support/programs.ts';
import { HTTP_TOKENS } from '../vectors/fuzz/tokens.ts';
import { requestCases } from '../vectors/http1-requests.ts';

const corpus = requestCases
  .filter(({ raw, answers }) => raw.length < 1000 && answers.every((status) => status === 200))
  .map(({ raw }) => Buffer.from(raw, 'latin1'))
  .filter((raw) => !raw.includes('OPTIONS'));

describe('our gateway, nginx and node read the same of changed requests', needs('nginx'), () => {
  let readers: Readers;
  const hooks: (() => Promise<void>)[] = [];
  before(async () => {
    readers = await startReaders({ after: (hook) => void hooks.push(hook) });
  });
  after(async () => {
    for (const hook of hooks.toReversed()) await hook();
  });

  const plan = fuzzPlan(20_000, 'long');
  test(`20,000 requests, seed ${plan.seed}`, async () => {
    const target = {
      name: 'requests',
      corpus,
      tokens: HTTP_TOKENS,
      mutations: textMutations,
      longest: 8000,
      async check(input: Buffer): Promise<boolean> {
        const { kind, detail } = await compareReadings(readers, withKnownMethods(input));
        assert.ok(['same', 'waits', 'stricter'].includes(kind), `${kind}: ${detail}`);
        return kind === 'same' && /"readings": \[\n/.test(detail);
      },
    };
    await fuzz(target, plan);
  });
});

/** node refuses the methods that it doesn't know, so that nothing is learned from the rest. */
function withKnownMethods(input: Buffer): string {
  return input
    .toString('latin1')
    .replaceAll(/(?<![A-Z_-])[A-Z_-]{1,40}(?= \S{1,500} HTTP\/1\.[01]\r\n)/g, (method) =>
      METHODS.includes(method) ? method : 'POST',
    );
}
