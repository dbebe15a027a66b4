// Where two servers read the same bytes as different requests, one of them can be deceived about what the
// other serves. Every request of the corpus goes to our gateway, to nginx and to node's own server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { compareReadings, isStricter, OUR_REASONS } from '../support/http1-comparison.ts';
import { type Readers, startReaders } from '../support/http1-readers.ts';
import { needs } from '../support/programs.ts';
import { requestCases } from '../vectors/http1-requests.ts';

/** What we read otherwise than one of the two, and why that is right. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  [
    'absolute-form of OPTIONS of the server',
    'nginx asks for /, where RFC 9112 section 3.2.4 wants the asterisk',
  ],
]);

describe('our gateway, nginx and node read the same requests', needs('nginx'), () => {
  let readers: Readers;
  const hooks: (() => Promise<void>)[] = [];
  const reasons = new Set<string>();
  before(async () => {
    readers = await startReaders({ after: (hook) => void hooks.push(hook) });
  });
  after(async () => {
    for (const hook of hooks.toReversed()) await hook();
  });

  for (const { name, raw } of requestCases) {
    test(name, async () => {
      const comparison = await compareReadings(readers, raw);
      assert.equal(comparison.kind === 'otherwise', OTHERWISE.has(name), comparison.detail);
      assert.notEqual(comparison.kind, 'laxer', comparison.detail);
      if (isStricter(comparison)) reasons.add(comparison.fault);
    });
  }

  test('each reason for being stricter has a request that shows it', () => {
    assert.deepEqual([...reasons].toSorted(), Object.keys(OUR_REASONS).toSorted());
  });
});
