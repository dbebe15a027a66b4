// The CA is killed while it issues: whatever anyone has is in its journal. The long test does it often.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killEnrolment, killIssuers } from '../support/killed-issuers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('kill -9 loses nothing that was issued', async (t) => {
  const count = await killIssuers(await temporaryFolder(t), 2);
  t.diagnostic(`${count} certificates handed out`);
  assert.ok(count >= 4);
});

test('kill -9 while machines enrol loses nothing that they got', async (t) => {
  assert.ok((await killEnrolment(t, 1)) >= 1);
});
