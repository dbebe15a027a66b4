import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareWithNode } from '../../../test/support/http1-difference.ts';
import { mutationsOf } from '../../../test/support/http1-mutations.ts';
import { requestCases } from '../../../test/vectors/http1-requests.ts';

const corpus = requestCases.map(({ raw }) => raw).filter((raw) => raw.length < 2000);

test("node's own server reads 300,000 mutated requests as they were read here", async () => {
  let requests = 0;
  await fc.assert(
    fc.asyncProperty(mutationsOf(corpus), async (raw) => {
      requests += await compareWithNode(raw);
    }),
    { numRuns: 300_000 },
  );
  assert.ok(requests > 30_000, `${requests} were passed on`);
});
