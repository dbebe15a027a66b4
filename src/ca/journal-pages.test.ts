import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePublicKey, generatePrivateKey } from '../pki/keys.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { DAY_MS } from './authority.ts';
import { createAuthority } from './authority-files.ts';
import type { JournalFilter, JournalPage } from './journal.ts';
import { clientLeafNames } from './leaf-names.ts';

test('pages of the journal hold what the filter finds, in the order asked for', async (t) => {
  const now = Date.now();
  const authority = await createAuthority(await temporaryFolder(t), { now });
  const { journal } = authority;
  assert.ok(journal !== null);
  t.after(() => journal.close());
  const publicKey = encodePublicKey(await generatePrivateKey());
  for (const [index, name] of ['carol', 'alice', 'b_b', 'bob'].entries()) {
    const names = clientLeafNames(name, { emails: [`${name}@example.com`] });
    const at = now + index * 1000;
    await authority.issueClient({ ...names, publicKey, days: 10 - index, now: at });
  }
  const whole: JournalPage = { sort: 'issued_at', direction: 'down', limit: 100, offset: 0 };
  const names = (filter: JournalFilter, order: Partial<JournalPage> = {}) => {
    const { entries, total } = journal.page(filter, { ...whole, ...order }, now);
    assert.equal(total, journal.count(filter, now));
    return entries.map(({ subject }) => subject.slice('CN='.length));
  };
  assert.deepEqual(names({}), ['bob', 'b_b', 'alice', 'carol']);
  assert.deepEqual(
    names({}),
    journal.list({}, now).map(({ subject }) => subject.slice(3)),
  );
  assert.deepEqual(names({}, { sort: 'subject', direction: 'up' }), [
    'alice',
    'b_b',
    'bob',
    'carol',
  ]);
  assert.deepEqual(names({}, { sort: 'not_after', direction: 'up', limit: 1, offset: 1 }), ['b_b']);
  assert.deepEqual(names({ text: 'B_B' }), ['b_b'], 'a wildcard of SQL is a character');
  assert.deepEqual(names({ text: 'alice@EXAMPLE' }), ['alice']);
  assert.deepEqual(names({ expiringBefore: now + 8.5 * DAY_MS }), ['bob', 'b_b']);
  const [bob] = journal.list({ text: 'bob' }, now);
  journal.revoke(bob?.serialNumber ?? '', 'superseded', now);
  assert.deepEqual(names({ status: 'revoked' }), ['bob']);
  assert.deepEqual(names({ expiringBefore: now + 8.5 * DAY_MS }), ['b_b']);
  assert.equal(journal.count({ status: 'valid' }, now), 3);
  assert.equal(journal.count({ status: 'valid' }, now + 9.5 * DAY_MS), 1);
  assert.equal(journal.count({ status: 'expired' }, now + 9.5 * DAY_MS), 2);
});
