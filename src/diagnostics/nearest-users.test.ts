import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { OID } from '../pki/oids.ts';
import { nearestUsers } from './nearest-users.ts';

const certificate = forge({
  subject: 'CN=alice,OU=Clients,O=Example',
  extensions: [
    extension.names(
      { kind: 'email', value: 'alice@example.com' },
      { kind: 'dns', value: 'alice.example' },
      { kind: 'ip', value: '192.0.2.7', bytes: Buffer.from([192, 0, 2, 7]) },
    ),
  ],
}).certificate;

const CASES = [
  ['alice@Example.com', { kind: 'case' }],
  ['CN=Alice,OU=Clients,O=Example', { kind: 'case' }],
  ['CN=alice+OU=Clients,O=Example', { kind: 'order' }],
  ['/O=Example/OU=Clients/CN=alice', { kind: 'order' }],
  ['alice', { kind: 'not-compared', place: 'CN' }],
  ['192.0.2.7', { kind: 'not-compared', place: 'IP SAN' }],
  ['CN=alice,O=Example', { kind: 'certificate-has-more', attribute: 'OU=Clients' }],
  ['CN=alice,OU=Clients,O=Example,C=CN', { kind: 'user-has-more', attribute: 'C=CN' }],
  ['CN=alice,O=Other', null],
  ['bob@example.com', null],
  ['CN=\\', null],
  ['/CN', null],
] as const;

describe('the users that a certificate nearly is', () => {
  for (const [user, difference] of CASES) {
    test(`${user}: ${difference === null ? 'not near' : difference.kind}`, () => {
      const { near } = nearestUsers(certificate, { names: [user], rule: 'exact' });
      assert.deepEqual(near, difference === null ? [] : [{ user, difference }]);
    });
  }

  test('the nearest come first, three at most', () => {
    const names = CASES.map(([user]) => user).toReversed();
    const { near } = nearestUsers(certificate, { names, rule: 'exact' });
    assert.deepEqual(
      near.map(({ difference }) => difference.kind),
      ['case', 'case', 'order'],
    );
  });

  test('an address in the subject is not one of the SANs', () => {
    const subject = forge({ subject: `${OID.emailAddress}=a@b.c,CN=a` }).certificate;
    const { near } = nearestUsers(subject, { names: ['a@b.c'], rule: 'exact' });
    assert.deepEqual(near, [
      { user: 'a@b.c', difference: { kind: 'not-compared', place: 'emailAddress' } },
    ]);
  });

  test('users are read for the first refusal, and not again', () => {
    let reads = 0;
    const names = new Proxy(['CN=user,OU=x,O=Example'], {
      get: (users, key, receiver) => {
        reads++;
        return Reflect.get(users, key, receiver) as unknown;
      },
    });
    nearestUsers(certificate, { names, rule: 'exact' });
    const first = reads;
    nearestUsers(certificate, { names, rule: 'exact' });
    assert.ok(first > 0);
    assert.equal(reads, first);
  });
});
