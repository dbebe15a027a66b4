import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ecKeys, extension, type Forged, forge } from '../../test/support/forged-certificate.ts';
import { forgeList, listExtension } from '../../test/support/forged-revocation-list.ts';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { judgePeer, recheckPeer } from './peer.ts';
import { encodePem } from './pem.ts';
import { parseRevocationList, RevocationListError } from './revocation-list.ts';
import { type RevocationListOptions, RevocationLists } from './revocation-lists.ts';
import { verifyChain } from './verify-chain.ts';

const AT = Date.UTC(2027, 0, 1);
const DAY = 86_400_000;
const authority = [extension.ca(), extension.keyUsage(0x06)];
const root = forge({ subject: 'CN=Root', extensions: authority });
const issuing = forge({ subject: 'CN=Issuing', issuer: root, serial: 77n, extensions: authority });
const revoked = forge({ subject: 'CN=revoked', issuer: issuing, serial: 5n });
const good = forge({ subject: 'CN=good', issuer: issuing, serial: 6n });
const silent = forge({
  subject: 'CN=Silent',
  extensions: [extension.ca(), extension.keyUsage(0x04)],
});
const ofSilent = forge({ subject: 'CN=y', issuer: silent, serial: 5n });

const entries = [{ serial: 5n, extensions: [listExtension.reason(1)] }];
const current = forgeList({ issuer: issuing, entries });
const ofRoot = forgeList({ issuer: root });

interface Case {
  readonly leaf?: Forged;
  readonly lists: readonly Buffer[];
  readonly options?: RevocationListOptions;
  readonly at?: number;
}

function judge({ leaf = good, lists, options, at = AT }: Case): string {
  const verdict = verifyChain({
    chain: [leaf.certificate, issuing.certificate],
    requirements: {
      anchors: [root.certificate, silent.certificate],
      depth: null,
      pins: new Set(),
      revocation: new RevocationLists(lists.map(parseRevocationList), options),
    },
    purpose: 'client',
    at,
  });
  return verdict.kind === 'verified'
    ? 'good'
    : verdict.causes.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
}

const end = Date.UTC(2027, 11, 31);
/** What is asked, the answer, and whether openssl lets such a client in; null: it can't be asked that way. */
const table: readonly (readonly [string, Case, RegExp, boolean | null])[] = [
  ['a certificate that is not listed', { lists: [current] }, /^good$/, true],
  [
    'a listed one',
    { leaf: revoked, lists: [current] },
    /^revoked: on 2026-03-04T05:06:07Z, reason keyCompromise$/,
    false,
  ],
  [
    'a serial number that another CA lists',
    { leaf: good, lists: [current, ofRoot] },
    /^good$/,
    true,
  ],
  [
    'no list of its issuer',
    { lists: [ofRoot] },
    /^crl-stale: there is no list by CN=Issuing/,
    false,
  ],
  ['no list, and none is required', { lists: [], options: { required: 'none' } }, /^good$/, null],
  [
    'no list of the CA above, where the whole path is asked for',
    { lists: [current], options: { required: 'path' } },
    /^crl-stale: there is no list by CN=Root/,
    null,
  ],
  [
    'lists for the whole path',
    { lists: [current, ofRoot], options: { required: 'path' } },
    /^good$/,
    null,
  ],
  [
    'a revoked intermediate',
    { lists: [current, forgeList({ issuer: root, entries: [{ serial: 77n }] })] },
    /^revoked: /,
    null,
  ],
  [
    'a list by another key',
    { leaf: revoked, lists: [forgeList({ issuer: issuing, keys: ecKeys(), entries })] },
    /^crl-stale: there is no list/,
    false,
  ],
  [
    'a list by a CA that may not sign lists',
    { leaf: ofSilent, lists: [forgeList({ issuer: silent })] },
    /^crl-stale: there is no list by CN=Silent/,
    false,
  ],
  [
    'a list that is out of date',
    { lists: [forgeList({ issuer: issuing, nextUpdate: AT - DAY })] },
    /^crl-stale: the next one was due at 2026-12-31T00:00:00Z, it is 2027-01-01T00:00:00Z$/,
    false,
  ],
  [
    'one that is out of date, within its grace',
    { lists: [forgeList({ issuer: issuing, nextUpdate: AT - DAY })], options: { graceMs: DAY } },
    /^good$/,
    null,
  ],
  [
    'one that is out of date and lists it, whatever the grace',
    {
      leaf: revoked,
      lists: [forgeList({ issuer: issuing, entries, nextUpdate: AT - DAY })],
      options: { graceMs: Infinity },
    },
    /^revoked/,
    null,
  ],
  [
    'a list without a next update',
    { lists: [forgeList({ issuer: issuing, nextUpdate: null })] },
    /^good$/,
    true,
  ],
  [
    'a list of tomorrow',
    { lists: [forgeList({ issuer: issuing, thisUpdate: AT + DAY })] },
    /^crl-stale/,
    false,
  ],
  [
    'a newer list that has taken it off hold',
    {
      leaf: revoked,
      lists: [current, forgeList({ issuer: issuing, thisUpdate: Date.UTC(2026, 6, 1) })],
    },
    /^good$/,
    true,
  ],
  [
    'a list for CAs only',
    {
      lists: [
        forgeList({
          issuer: issuing,
          extensions: [listExtension.distributionPoint(listExtension.flag(2))],
        }),
      ],
    },
    /^crl-stale/,
    false,
  ],
  [
    'a revoked one that has also expired',
    { leaf: revoked, lists: [current], at: end + DAY },
    /^revoked: .*; expired: /,
    null,
  ],
];

describe('revocation by list', () => {
  for (const [name, input, answer] of table) {
    test(name, () => assert.match(judge(input), answer));
  }
});

test('a list that can not be used is refused when it is given, in words', () => {
  const delta = forgeList({ issuer: root, extensions: [listExtension.delta(1)] });
  assert.throws(
    () => new RevocationLists([parseRevocationList(delta)]),
    new RevocationListError(
      'the revocation list of CN=Root is a delta list, which says only what changed since another; give the complete list',
    ),
  );
});

test('a client that was let in is refused once a newer list has it', () => {
  const requirements = { anchors: [root.certificate], depth: null, pins: new Set<string>() };
  const chain = [revoked.certificate, issuing.certificate];
  const verdict = judgePeer({ chain, opensslError: null, requirements, at: AT });
  assert.ok(verdict.kind === 'verified');
  const revocation = new RevocationLists([parseRevocationList(current)]);
  revocation.prepare([issuing.certificate]);
  const again = recheckPeer(verdict.peer, { ...requirements, revocation }, AT);
  assert.equal(again.kind === 'failed' && again.cause.code, 'revoked');
  assert.equal(again.kind === 'failed' && again.cause.certificate, revoked.certificate);
});

test('openssl verify -crl_check decides the same', needs('openssl'), async (t) => {
  const folder = await temporaryFolder(t);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('anchors', root.pem + silent.pem);
  write('rest', issuing.pem);
  for (const [name, { leaf = good, lists }, , expected] of table) {
    if (expected === null) continue;
    write('lists', lists.map((bytes) => encodePem('X509 CRL', bytes)).join(''));
    write('leaf', leaf.pem);
    const time = String(AT / 1000);
    const args = `verify -crl_check -attime ${time} -CAfile anchors -untrusted rest -CRLfile lists leaf`;
    let admits = true;
    try {
      execFileSync('openssl', args.split(' '), { cwd: folder, stdio: 'pipe' });
    } catch {
      admits = false;
    }
    assert.equal(admits, expected, name);
  }
});
