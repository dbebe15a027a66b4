import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePublicKey, generatePrivateKey } from '../pki/keys.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { createAuthority } from './authority-files.ts';
import { clientLeafNames } from './leaf-names.ts';

test('what was revoked is told the latest first and counted, expired or not', async (t) => {
  const now = Date.now();
  const authority = await createAuthority(await temporaryFolder(t), { now });
  const { journal } = authority;
  assert.ok(journal !== null);
  const publicKey = encodePublicKey(await generatePrivateKey());
  const issue = async (name: string, days: number): Promise<string> => {
    const names = clientLeafNames(name);
    const { certificate } = await authority.issueClient({ ...names, publicKey, days, now });
    return certificate.serialNumber;
  };
  const [short, kept, long] = [await issue('a', 1), await issue('b', 30), await issue('c', 30)];
  assert.equal(journal.countRevoked(), 0);
  assert.deepEqual([...journal.latestRevoked()], []);
  journal.revoke(long, 'superseded', now + 1000);
  journal.revoke(short, 'keyCompromise', now + 2000);
  journal.revoke(short, 'unspecified', now + 3000);
  const day = 86_400_000;
  assert.equal(journal.countRevoked(), 2);
  assert.deepEqual(
    [...journal.latestRevoked()].map(({ serialNumber, revokedAt, reason }) => [
      serialNumber,
      revokedAt - now,
      reason,
    ]),
    [
      [short, 2000, 'keyCompromise'],
      [long, 1000, 'superseded'],
    ],
  );
  const listed = (at: number) => journal.revoked(at).map(({ serialNumber }) => serialNumber);
  assert.deepEqual(listed(now + 2 * day), [long, short], 'on a list that is made after its end');
  assert.deepEqual(listed(now + 9 * day), [long]);
  assert.equal(journal.find(kept)?.revokedAt, null);
  for (const { serialNumber } of journal.latestRevoked()) {
    assert.equal(serialNumber, short);
    break;
  }
  journal.close();
});
