import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { buildRoot, type CertificateTemplate, randomSerialNumber } from './certificate-builder.ts';
import { generatePrivateKey } from './keys.ts';
import { parseName } from './name.ts';
import { decodeCertificates, decodePem, encodePem } from './pem.ts';
import { keySigner } from './signer.ts';
import { Pkcs12Error, readPkcs12, writePkcs12, writePkcs12Gently } from './pkcs12.ts';

const folder = await temporaryFolder({ after });

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { cwd: folder, stdio: 'pipe' }).toString();
}

/** A certificate that is its own root, and its key. */
async function selfSigned(commonName: string): Promise<{ key: Buffer; certificate: Buffer }> {
  const key = await generatePrivateKey();
  const signer = keySigner(key);
  const now = Date.now();
  const template: CertificateTemplate = {
    role: { kind: 'root', pathLength: null },
    subject: parseName(`CN=${commonName}`),
    subjectAltNames: [],
    publicKey: signer.publicKey,
    serialNumber: randomSerialNumber(),
    notBefore: now,
    notAfter: now + 86_400_000,
  };
  const certificate = await buildRoot(template, signer);
  return { key: key.export({ type: 'pkcs8', format: 'der' }), certificate };
}

const { key, certificate: leaf } = await selfSigned('alice');
const { certificate: intermediate } = await selfSigned('issuing');
writeFileSync(join(folder, 'k.pem'), encodePem('PRIVATE KEY', key));
writeFileSync(join(folder, 'c.pem'), encodePem('CERTIFICATE', leaf));
writeFileSync(join(folder, 'c2.pem'), encodePem('CERTIFICATE', intermediate));
const contents = {
  privateKey: key,
  certificates: [leaf, intermediate],
  friendlyName: 'Alice Müller',
};
const quick = { iterations: 1000 };

test(
  'openssl opens what is written and finds key, certificates and strong algorithms',
  needs('openssl'),
  () => {
    writeFileSync(join(folder, 'w.p12'), writePkcs12(contents, 'pässword', quick));
    const shown = run('openssl', 'pkcs12', '-in', 'w.p12', '-passin', 'pass:pässword', '-nodes');
    assert.deepEqual(decodeCertificates(shown), [leaf, intermediate]);
    assert.ok(
      decodePem(shown).some((block) => block.label === 'PRIVATE KEY' && block.bytes.equals(key)),
    );
    const info = execFileSync(
      'sh',
      ['-c', 'openssl pkcs12 -in w.p12 -passin pass:pässword -info -noout 2>&1'],
      { cwd: folder },
    ).toString();
    assert.match(info, /MAC: sha256, Iteration 1000/);
    assert.equal(
      info.match(/PBES2, PBKDF2, AES-256-CBC, Iteration 1000, PRF hmacWithSHA256/g)?.length,
      2,
    );
  },
);

test("Node's TLS and NSS open what is written", needs('pk12util', 'certutil'), () => {
  const file = writePkcs12(contents, 'secret', quick);
  createSecureContext({ pfx: file, passphrase: 'secret' });
  assert.throws(() => createSecureContext({ pfx: file, passphrase: 'other' }));
  writeFileSync(join(folder, 'nss.p12'), file);
  assert.match(run('pk12util', '-l', 'nss.p12', '-W', 'secret'), /CN=alice/);
  mkdirSync(join(folder, 'nss'));
  run('certutil', '-N', '-d', 'sql:nss', '--empty-password');
  run('pk12util', '-i', 'nss.p12', '-d', 'sql:nss', '-W', 'secret', '-K', '');
  assert.match(run('certutil', '-K', '-d', 'sql:nss'), /^< 0> ec .*Alice Müller$/m);
  assert.match(run('certutil', '-L', '-d', 'sql:nss'), /^Alice Müller +u,u,u/m);
});

test('what is written reads back, with and without a long name', () => {
  for (const friendlyName of ['', 'a', 'n'.repeat(100), '张三 😀']) {
    const read = readPkcs12(writePkcs12({ ...contents, friendlyName }, 'x', quick), 'x');
    assert.deepEqual(read, {
      privateKeys: [key],
      certificates: [leaf, intermediate],
      friendlyName,
    });
  }
});

for (const options of [
  [],
  ['-macalg', 'sha512', '-keypbe', 'aes-128-cbc', '-certpbe', 'aes-192-cbc'],
  ['-keypbe', 'NONE', '-certpbe', 'NONE'],
]) {
  test(
    `reads what openssl writes with ${options.join(' ') || 'its defaults'}`,
    needs('openssl'),
    () => {
      run(
        'openssl',
        'pkcs12',
        '-export',
        '-in',
        'c.pem',
        '-inkey',
        'k.pem',
        '-certfile',
        'c2.pem',
        '-name',
        'alice',
        '-passout',
        'pass:secret',
        '-out',
        'o.p12',
        ...options,
      );
      const file = readFileSync(join(folder, 'o.p12'));
      const read = readPkcs12(file, 'secret');
      assert.deepEqual(read, {
        privateKeys: [key],
        certificates: [leaf, intermediate],
        friendlyName: 'alice',
      });
      assert.throws(() => readPkcs12(file, 'other'), { code: 'wrong-password' });
    },
  );
}

test('says which encryption is too old', needs('openssl'), () => {
  run(
    'openssl',
    'pkcs12',
    '-export',
    '-legacy',
    '-in',
    'c.pem',
    '-inkey',
    'k.pem',
    '-passout',
    'pass:secret',
    '-out',
    'l.p12',
  );
  const file = readFileSync(join(folder, 'l.p12'));
  assert.throws(() => readPkcs12(file, 'secret'), { code: 'unsupported', message: /3DES or RC2/ });
});

test('refuses what is damaged, cut or asks for too much work, with Pkcs12Error alone', () => {
  const file = writePkcs12(contents, 'secret', { iterations: 1 });
  for (let at = 0; at < file.length; at++) {
    const damaged = Buffer.from(file);
    damaged[at] ^= 0x41;
    assert.throws(() => readPkcs12(damaged, 'secret'), Pkcs12Error, `byte ${at}`);
    assert.throws(() => readPkcs12(file.subarray(0, at), 'secret'), Pkcs12Error, `length ${at}`);
  }
  const costly = writePkcs12(contents, 'secret', { iterations: 1 });
  // The MAC's count of rounds stands at the end: INTEGER 1 becomes a longer one by a rewritten file.
  assert.deepEqual([...costly.subarray(-3)], [2, 1, 1]);
  costly[costly.length - 1] = 0x80;
  assert.throws(() => readPkcs12(costly, 'secret'), { code: 'malformed' });
});

test('counts the rounds that all parts of a file ask for together', () => {
  const file = writePkcs12(contents, 'secret', { iterations: 1000 });
  assert.deepEqual(readPkcs12(file, 'secret', { maxIterations: 3000 }).privateKeys, [key]);
  assert.throws(() => readPkcs12(file, 'secret', { maxIterations: 2999 }), {
    code: 'unsupported',
    message: 'it asks for 1000 rounds of key derivation',
  });
});

test('an empty password is refused when writing', () => {
  assert.throws(() => writePkcs12(contents, '', quick), RangeError);
});

test('salts and vectors come from the given randomness', () => {
  const random = (bytes: number) => Buffer.alloc(bytes, 7);
  const write = () => writePkcs12(contents, 'x', { iterations: 1, random });
  assert.deepEqual(write(), write());
  assert.notDeepEqual(writePkcs12(contents, 'x', quick), writePkcs12(contents, 'x', quick));
});

test('PEM of the key is not part of any error', () => {
  assert.throws(
    () => readPkcs12(Buffer.from(encodePem('PRIVATE KEY', key)), 'x'),
    (error) => error instanceof Pkcs12Error && !error.message.includes('MIG'),
  );
});

test('written gently it is the same file, and others have their turn in between', async () => {
  let pauses = 0;
  const write = (iterations: number, password = 'x') => {
    const derivation = {
      pbkdf2: async (...[secret, salt, rounds, bytes]: [string, Buffer, number, number]) =>
        pbkdf2Sync(secret, salt, rounds, bytes, 'sha256'),
      pause: async () => void pauses++,
    };
    const random = (bytes: number) => Buffer.alloc(bytes, 7);
    return [
      writePkcs12Gently(contents, password, derivation, { iterations, random }),
      () => writePkcs12(contents, password, { iterations, random }),
    ] as const;
  };
  for (const iterations of [1, 2, 2000, 2001, 4003, 10_000]) {
    pauses = 0;
    const [gently, atOnce] = write(iterations);
    assert.deepEqual(await gently, atOnce());
    assert.equal(pauses, Math.ceil((iterations - 1) / 2000));
  }
  await assert.rejects(write(1, '')[0], RangeError);
});
