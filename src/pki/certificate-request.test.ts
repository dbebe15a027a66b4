import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pkijs from 'pkijs';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import {
  buildCertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
  verifyCertificateRequest,
} from './certificate-request.ts';
import { printGeneralName } from './general-name.ts';
import { ipAddressName, userPrincipalNameOf } from './general-name-writer.ts';
import { generatePrivateKey } from './keys.ts';
import { parseName, printName } from './name.ts';
import { encodePem } from './pem.ts';
import { keySigner } from './signer.ts';

const folder = await temporaryFolder({ after });
function openssl(...args: readonly string[]): string {
  return execFileSync('sh', ['-c', 'exec openssl "$@" 2>&1', 'sh', ...args], {
    cwd: folder,
    stdio: 'pipe',
  }).toString();
}

const wanted = {
  subject: parseName('CN=alice\\, the first,OU=svc+OU="x",O=Example'.replace('"x"', '\\"x\\"')),
  subjectAltNames: [
    { kind: 'dns', value: 'a.example' },
    { kind: 'email', value: 'alice@example.com' },
    ipAddressName('10.0.0.1') ?? assert.fail(),
    userPrincipalNameOf('alice@corp'),
  ],
} as const;

for (const type of ['p256', 'p384', 'ed25519', 'rsa2048'] as const) {
  test(
    `openssl verifies a ${type} request that is built, and so do we`,
    needs('openssl'),
    async () => {
      const signer = keySigner(await generatePrivateKey(type));
      const request = await buildCertificateRequest(wanted, signer);
      writeFileSync(join(folder, 'r.csr'), encodePem('CERTIFICATE REQUEST', request));
      const shown = openssl(
        'req',
        '-in',
        'r.csr',
        '-verify',
        '-text',
        '-noout',
        '-nameopt',
        'rfc2253',
      );
      assert.match(shown, /verify OK/);
      assert.match(
        shown,
        /DNS:a.example, email:alice@example.com, IP Address:10.0.0.1, othername: UPN::alice@corp/,
      );
      const read = parseCertificateRequest(request);
      assert.equal(printName(read.subject), printName(wanted.subject));
      assert.deepEqual(
        read.subjectAltNames.map(printGeneralName),
        wanted.subjectAltNames.map(printGeneralName),
      );
      assert.deepEqual(read.spki, signer.publicKey);
      assert.equal(verifyCertificateRequest(read), 'good');
      const schema = pkijs.CertificationRequest.fromBER(new Uint8Array(request));
      // pkijs knows no Ed25519.
      if (type !== 'ed25519') assert.equal(await schema.verify(), true);
    },
  );
}

test('a request without names has empty attributes and reads back', needs('openssl'), async () => {
  const signer = keySigner(await generatePrivateKey());
  const request = await buildCertificateRequest({ subject: [], subjectAltNames: [] }, signer);
  writeFileSync(join(folder, 'e.csr'), encodePem('CERTIFICATE REQUEST', request));
  assert.match(openssl('req', '-in', 'e.csr', '-verify', '-noout'), /verify OK/);
  const read = parseCertificateRequest(request);
  assert.deepEqual([read.subject, read.subjectAltNames], [[], []]);
});

test('reads requests that openssl and certtool make', needs('openssl', 'certtool'), () => {
  openssl(
    'req',
    '-new',
    '-newkey',
    'rsa-pss',
    '-pkeyopt',
    'rsa_keygen_bits:2048',
    '-nodes',
    '-keyout',
    'pss.key',
    '-out',
    'pss.der',
    '-outform',
    'DER',
    '-subj',
    '/O=Example/CN=pss',
    '-addext',
    'subjectAltName=DNS:x.example,URI:urn:x',
  );
  const pss = parseCertificateRequest(readFileSync(join(folder, 'pss.der')));
  assert.equal(printName(pss.subject), 'CN=pss,O=Example');
  assert.deepEqual(pss.subjectAltNames.map(printGeneralName), ['DNS:x.example', 'URI:urn:x']);
  assert.equal(verifyCertificateRequest(pss), 'good');
  writeFileSync(
    join(folder, 't.cfg'),
    'cn = tool\ndns_name = "t.example"\nchallenge_password = 123456\n',
  );
  execFileSync('certtool', ['--generate-privkey', '--key-type', 'ecdsa', '--outfile', 't.key'], {
    cwd: folder,
    stdio: 'pipe',
  });
  execFileSync(
    'certtool',
    [
      '--generate-request',
      '--load-privkey',
      't.key',
      '--template',
      't.cfg',
      '--outder',
      '--outfile',
      't.der',
    ],
    { cwd: folder, stdio: 'pipe' },
  );
  const tool = parseCertificateRequest(readFileSync(join(folder, 't.der')));
  assert.deepEqual(tool.subjectAltNames.map(printGeneralName), ['DNS:t.example']);
  assert.equal(verifyCertificateRequest(tool), 'good');
});

test(
  'a request that was changed is bad, one signed with SHA-1 is weak',
  needs('openssl'),
  async () => {
    const request = await buildCertificateRequest(wanted, keySigner(await generatePrivateKey()));
    const at = request.indexOf('alice@example.com');
    request.write('malic', at, 'latin1');
    assert.equal(verifyCertificateRequest(parseCertificateRequest(request)), 'bad');
    openssl(
      'req',
      '-new',
      '-sha1',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'w.key',
      '-out',
      'w.der',
      '-outform',
      'DER',
      '-subj',
      '/CN=w',
    );
    assert.equal(
      verifyCertificateRequest(parseCertificateRequest(readFileSync(join(folder, 'w.der')))),
      'weak',
    );
  },
);

test('damaged bytes throw CertificateRequestError or fail verification, and nothing else', async () => {
  const request = await buildCertificateRequest(wanted, keySigner(await generatePrivateKey()));
  for (let at = 0; at < request.length; at++) {
    for (const mask of [0x01, 0x80]) {
      const damaged = Buffer.from(request);
      damaged[at] ^= mask;
      assert.ok(isRefused(damaged), `byte ${at}`);
    }
    assert.throws(() => parseCertificateRequest(request.subarray(0, at)), CertificateRequestError);
  }
});

function isRefused(bytes: Buffer): boolean {
  try {
    return verifyCertificateRequest(parseCertificateRequest(bytes)) !== 'good';
  } catch (error) {
    if (error instanceof CertificateRequestError) return true;
    throw error;
  }
}
