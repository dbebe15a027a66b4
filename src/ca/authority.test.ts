import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { encodePublicKey, generatePrivateKey } from '../pki/keys.ts';
import { generateKeyPairSync } from 'node:crypto';
import { printName } from '../pki/name.ts';
import type { LeafRequest } from './authority.ts';
import { AuthorityError } from './authority-error.ts';
import { createAuthority, openAuthority, publishRevocationLists } from './authority-files.ts';
import { clientLeafNames, serverLeafNames } from './leaf-names.ts';
import { leafPaths, writeLeaf } from './leaf-files.ts';

const now = Math.floor(Date.now() / 1000) * 1000;
const day = 86_400_000;
const key = await generatePrivateKey();
const publicKey = encodePublicKey(key);

function folder(): Promise<string> {
  return temporaryFolder({ after });
}

function client(changes: Partial<LeafRequest> = {}): LeafRequest {
  return { ...clientLeafNames('alice'), publicKey, now, ...changes };
}

test(
  'what is made can be opened again, and both issue what openssl verifies',
  needs('openssl'),
  async () => {
    const dir = await folder();
    const made = await createAuthority(dir, { now, name: 'Example CA' });
    const opened = await openAuthority(dir);
    assert.ok(made.root.equals(opened.root) && made.issuing.equals(opened.issuing));
    assert.equal(printName(made.root.subject), 'CN=Example CA');
    assert.equal(printName(made.issuing.subject), 'CN=Example CA Issuing');
    for (const authority of [made, opened]) {
      for (const [purpose, leaf] of [
        ['sslclient', await authority.issueClient(client())],
        [
          'sslserver',
          await authority.issueServer({ ...serverLeafNames(['localhost']), publicKey, now }),
        ],
      ] as const) {
        const paths = leafPaths(dir, purpose);
        await writeLeaf(paths, { chain: leaf.chain, key }, 'replace');
        const result = execFileSync(
          'openssl',
          [
            'verify',
            '-x509_strict',
            '-purpose',
            purpose,
            '-CAfile',
            join(dir, 'ca.crt'),
            '-untrusted',
            paths.certificate,
            paths.certificate,
          ],
          { stdio: 'pipe' },
        );
        assert.match(result.toString(), /: OK\n$/);
        assert.equal(
          readFileSync(paths.certificate, 'utf8').match(/BEGIN CERTIFICATE/g)?.length,
          2,
        );
      }
    }
  },
);

test("keys are the owner's alone", async () => {
  const dir = join(await folder(), 'new');
  const authority = await createAuthority(dir, { now });
  const paths = leafPaths(dir, '*.example.com');
  await writeLeaf(paths, { chain: (await authority.issueClient(client())).chain, key }, 'refuse');
  const mode = (path: string) => statSync(join(dir, path)).mode & 0o777;
  assert.deepEqual(readdirSync(dir).toSorted(), [
    '_wildcard.example.com.crt',
    '_wildcard.example.com.key',
    'ca',
    'ca.crl',
    'ca.crt',
  ]);
  assert.deepEqual(readdirSync(join(dir, 'ca')).toSorted(), [
    'issuing.crt',
    'issuing.key',
    'journal.db',
    'journal.db-shm',
    'journal.db-wal',
    'root.crl',
    'root.key',
  ]);
  for (const path of [
    'ca/root.key',
    'ca/issuing.key',
    'ca/journal.db',
    '_wildcard.example.com.key',
  ])
    assert.equal(mode(path), 0o600);
  for (const path of ['.', 'ca']) assert.equal(mode(path), 0o700);
  assert.equal(mode('ca.crt'), 0o644);
});

test('a leaf lives 30 days, a minute back and never longer than its issuer', async () => {
  const authority = await createAuthority(await folder(), { now });
  const leaf = await authority.issueClient(client());
  assert.equal(leaf.certificate.notBefore, now - 60_000);
  assert.equal(leaf.certificate.notAfter, now + 30 * day);
  assert.equal(leaf.cut, false);
  const long = await authority.issueClient(client({ days: 36_500 }));
  assert.equal(long.certificate.notAfter, authority.issuing.notAfter);
  assert.equal(long.cut, true);
  assert.ok(authority.issuing.notAfter < authority.root.notAfter);
});

test('refuses lifetimes that are none, weak keys, and to issue after its own end', async () => {
  const authority = await createAuthority(await folder(), { now });
  const refusals: readonly [string, Partial<LeafRequest>][] = [
    ['bad-lifetime', { days: 0 }],
    ['bad-lifetime', { days: -1 }],
    ['bad-lifetime', { days: Number.NaN }],
    ['bad-lifetime', { days: 1e9 }],
    ['expired', { now: authority.issuing.notAfter + 1000 }],
    [
      'weak-key',
      { publicKey: encodePublicKey(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey) },
    ],
    [
      'weak-key',
      {
        publicKey: encodePublicKey(
          generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
        ),
      },
    ],
    ['weak-key', { publicKey: Buffer.from('no key') }],
  ];
  for (const [code, change] of refusals) {
    await assert.rejects(authority.issueClient(client(change)), (error) => {
      assert.ok(error instanceof AuthorityError, String(error));
      assert.equal(error.code, code);
      return true;
    });
  }
});

test('an authority is not replaced unless told to', async () => {
  const dir = await folder();
  const first = await createAuthority(dir, { now });
  await assert.rejects(createAuthority(dir, { now }), { code: 'exists' });
  assert.ok((await openAuthority(dir)).root.equals(first.root));
  const second = await createAuthority(dir, { now, existing: 'replace' });
  assert.ok(!second.root.equals(first.root));
  const lists = readFileSync(join(dir, 'ca.crl'), 'utf8');
  await assert.rejects(publishRevocationLists(dir, first, now), { code: 'replaced' });
  assert.equal(readFileSync(join(dir, 'ca.crl'), 'utf8'), lists);
  assert.ok((await openAuthority(dir)).root.equals(second.root));
});

test('an authority that is missing or damaged says which file and what to do', async () => {
  await assert.rejects(openAuthority(join(await folder(), 'none')), {
    code: 'missing',
    message: /there is no authority in/,
  });
  const dir = await folder();
  (await createAuthority(dir, { now })).journal?.close();
  const other = await folder();
  (await createAuthority(other, { now, name: 'Other' })).journal?.close();
  const swap = (path: string) => writeFileSync(join(dir, path), readFileSync(join(other, path)));
  const keyText = readFileSync(join(dir, 'ca/issuing.key'), 'utf8');
  swap('ca/issuing.key');
  await assert.rejects(openAuthority(dir), {
    code: 'damaged',
    message: /issuing\.key is not the key/,
  });
  swap('ca/issuing.crt');
  await assert.rejects(openAuthority(dir), {
    code: 'damaged',
    message: /ca\.crt does not hold the issuer/,
  });
  swap('ca.crt');
  await assert.rejects(openAuthority(dir), {
    code: 'damaged',
    message:
      /journal\.db knows nothing of this authority, so not what it revoked either: restore it/,
  });
  swap('ca/journal.db');
  (await openAuthority(dir)).journal?.close();
  writeFileSync(join(dir, 'ca/issuing.key'), keyText.replace('-----END', '---END'));
  await assert.rejects(openAuthority(dir), (error) => {
    assert.ok(error instanceof AuthorityError);
    assert.match(error.message, /issuing\.key: line/);
    assert.ok(!error.message.includes(keyText.split('\n')[1]?.slice(0, 20) ?? ''));
    return true;
  });
  rmSync(join(dir, 'ca/issuing.key'));
  await assert.rejects(openAuthority(dir), { code: 'missing', message: /issuing\.key/ });
});

test('an authority without its journal is not opened: nobody could say what it revoked', async () => {
  const dir = await folder();
  const authority = await createAuthority(dir, { now });
  const { certificate } = await authority.issueClient(client());
  authority.revoke(certificate.serialNumber, 'keyCompromise', now);
  authority.journal?.close();
  const path = join(dir, 'ca/journal.db');
  const backup = readFileSync(path);
  rmSync(path);
  const refusal = {
    code: 'damaged',
    message: /journal\.db is missing[^]*restore it from a backup/,
  };
  await assert.rejects(openAuthority(dir), refusal);
  assert.ok(!existsSync(path), 'none was begun');
  writeFileSync(path, '');
  await assert.rejects(openAuthority(dir), { code: 'damaged', message: /knows nothing/ });
  writeFileSync(path, backup);
  const restored = await openAuthority(dir);
  assert.equal(restored.journal?.find(certificate.serialNumber)?.reason, 'keyCompromise');
  await createAuthority(dir, { now, existing: 'replace' });
  assert.equal((await openAuthority(dir)).journal?.countRevoked(), 0);
});

test('a leaf is written whole or not at all', async () => {
  const dir = await folder();
  const authority = await createAuthority(dir, { now });
  const { chain } = await authority.issueClient(client());
  const paths = leafPaths(dir, 'alice');
  writeFileSync(paths.certificate, 'mine');
  await assert.rejects(writeLeaf(paths, { chain, key }, 'refuse'), { name: 'FileExistsError' });
  assert.deepEqual(readdirSync(dir).toSorted(), ['alice.crt', 'ca', 'ca.crl', 'ca.crt']);
  assert.equal(readFileSync(paths.certificate, 'utf8'), 'mine');
  chmodSync(paths.certificate, 0o600);
  await writeLeaf(paths, { chain, key }, 'replace');
  assert.match(readFileSync(paths.certificate, 'utf8'), /^-----BEGIN CERTIFICATE/);
});
