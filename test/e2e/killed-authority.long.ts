// The CA is killed, many times, while it issues: whatever anyone has is in its journal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killEnrolment, killIssuers } from '../support/killed-issuers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('kill -9, 200 times, loses nothing that was issued', async (t) => {
  const count = await killIssuers(await temporaryFolder(t), 100);
  t.diagnostic(`${count} certificates handed out`);
  assert.ok(count >= 200);
});

test('kill -9, 30 times, while machines enrol loses nothing that they got', async (t) => {
  const count = await killEnrolment(t, 30);
  t.diagnostic(`${count} certificates enrolled`);
  assert.ok(count >= 30);
});
