import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Authority } from '../ca/authority.ts';
import { createAuthority } from '../ca/authority-files.ts';
import type { TokenDesk } from '../ca/authority-files.ts';
import { parseProfiles, type Profile } from '../ca/profile.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { printName } from '../pki/name.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { leafWish, type LeafWish } from './api/authority-schemas.ts';
import { foreseeLeaf, issueLeaf, profileOf } from './leaf-issuance.ts';

const authority = await createAuthority(await temporaryFolder({ after }), { now: Date.now() });
const desk = deskOf(authority);

function deskOf({ root, issuing, journal, profiles }: Authority): TokenDesk {
  const own = parseProfiles(
    JSON.stringify({
      narrow: { kind: 'client', maxDays: 5, emails: ['@example.com'], keyTypes: ['p256'] },
      titled: { kind: 'client', subject: 'CN={name},OU=desk' },
    }),
  );
  assert.ok(journal !== null);
  return { root, issuing, journal, profiles: new Map([...profiles, ...own]) };
}

/** One of the good ones, most of the time. */
function mostly<Value>(good: readonly Value[], bad: readonly Value[]): fc.Arbitrary<Value> {
  const pick = (values: readonly Value[]) => fc.constantFrom(...values);
  return fc.oneof({ arbitrary: pick(good), weight: 7 }, { arbitrary: pick(bad), weight: 1 });
}

const some = (one: fc.Arbitrary<string>) =>
  fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fc.array(one, { maxLength: 2 }));

const wishes = fc.record({
  profile: fc.constantFrom('client', 'server', 'narrow', 'titled'),
  common_name: mostly(
    ['alice', 'a.test', 'a@example.com', 'a,b+c'],
    ['', 'ca', 'x'.repeat(70), 'b@example.org'],
  ),
  emails: some(mostly(['a@example.com', 'b@example.com'], ['b@example.org', 'b@', 'none', ''])),
  dns_names: some(mostly(['a.test', '*.a.test', 'A.test'], ['a..test', 'http://a.test', '1.1.1'])),
  ip_addresses: some(mostly(['10.0.0.1', '::1'], ['1.2.3'])),
  uris: some(mostly(['spiffe://a/b', 'urn:x:y'], ['b'])),
  subject: mostly([undefined], ['CN=x,OU=y', 'C=gb', 'C=GB', 'x', `O=${'o'.repeat(65)}`]),
  days: mostly([undefined, 1, 5], [6, 36_500]),
});

function read(wish: object): { readonly wish: LeafWish; readonly profile: Profile } {
  const whole = leafWish.parse(wish);
  const profile = profileOf(whole, desk.profiles);
  assert.ok('kind' in profile);
  return { wish: whole, profile };
}

test('what is foreseen is what is issued, and nothing else is', async () => {
  let issued = 0;
  await fc.assert(
    fc.asyncProperty(wishes, async (asked) => {
      const { wish, profile } = read(asked);
      const at = Date.now();
      const prospect = await foreseeLeaf(wish, profile, desk, at);
      const before_ = desk.journal.count({}, at);
      const outcome = await issueLeaf(wish, profile, desk, authority, { by: 'test', at });
      if (outcome.kind === 'invalid') {
        assert.deepEqual(
          outcome.errors.map(({ path }) => path),
          prospect.problems.map(({ path }) => path),
        );
        assert.equal(desk.journal.count({}, at), before_);
        return;
      }
      issued++;
      assert.deepEqual(prospect.problems, []);
      const { certificate } = outcome.leaf;
      assert.equal(printName(certificate.subject), printName(prospect.holder.names.subject));
      assert.deepEqual(
        certificate.subjectAltNames.map(printGeneralName),
        prospect.holder.names.subjectAltNames.map(printGeneralName),
      );
      const { template } = prospect.preview ?? assert.fail();
      const seconds = (ms: number) => Math.floor(ms / 1000);
      assert.equal(seconds(certificate.notAfter), seconds(template.notAfter));
      assert.equal(desk.journal.find(certificate.serialNumber)?.requestedBy, 'test');
    }),
    { numRuns: 300 },
  );
  assert.ok(issued > 30, `only ${issued} of them were issued`);
});

test('each fault stands at the field that brought it', async () => {
  const faults = async (wish: object): Promise<Record<string, string | null>> => {
    const { wish: whole, profile } = read(wish);
    const { problems } = await foreseeLeaf(whole, profile, desk, Date.now());
    return Object.fromEntries(problems.map(({ path, citation }) => [path, citation]));
  };
  assert.deepEqual(await faults({ common_name: 'b@example.org', profile: 'narrow' }), {
    common_name: null,
  });
  assert.deepEqual(
    await faults({ common_name: 'a', emails: ['b@example.org'], profile: 'narrow', days: 6 }),
    {
      days: null,
      'emails[0]': null,
    },
  );
  assert.deepEqual(await faults({ common_name: 'a', subject: 'CN=a,C=gb' }), {
    subject: 'RFC 5280 appendix A.1 (X520countryName); ISO 3166-1 alpha-2',
  });
  assert.deepEqual(await faults({ common_name: 'a b', profile: 'server' }), { common_name: null });
});

test('once the authority has expired nothing is issued, and that is said', async () => {
  const { wish, profile } = read({ common_name: 'alice' });
  const late = desk.issuing.notAfter + 1000;
  const { preview, problems } = await foreseeLeaf(wish, profile, desk, late);
  assert.equal(preview, null);
  assert.match(problems[0]?.message ?? '', /expired/);
});
