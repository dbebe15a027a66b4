import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareWithNode } from '../../../test/support/http1-difference.ts';
import { mutationsOf } from '../../../test/support/http1-mutations.ts';
import { requestCases } from '../../../test/vectors/http1-requests.ts';

const short = requestCases.map(({ raw }) => raw).filter((raw) => raw.length < 2000);

test("node's own server reads every request of the corpus as it was read here", async () => {
  let requests = 0;
  for (const raw of short) requests += await compareWithNode(raw);
  assert.ok(requests > 100);
});

test("node's own server reads mutated requests that are passed on as they were read here", async () => {
  let requests = 0;
  await fc.assert(
    fc.asyncProperty(mutationsOf(short), async (raw) => {
      requests += await compareWithNode(raw);
    }),
    { numRuns: 500 },
  );
  assert.ok(requests > 50, `${requests} were passed on`);
});
