import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as pkijs from 'pkijs';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { parseCertificate } from './certificate.ts';
import {
  buildCertificate,
  buildRoot,
  type CertificateTemplate,
  type Issuer,
  keyIdentifierOf,
  randomSerialNumber,
} from './certificate-builder.ts';
import type { GeneralName } from './general-name.ts';
import { encodeGeneralName, ipAddressName, userPrincipalNameOf } from './general-name-writer.ts';
import { encodePublicKey, generatePrivateKey, keyTypes, type KeyType } from './keys.ts';
import { type Name, parseName, printName } from './name.ts';
import { encodeName, textAttribute } from './name-der.ts';
import { OID } from './oids.ts';
import { encodePem } from './pem.ts';
import { keySigner } from './signer.ts';

const folder = await temporaryFolder({ after });
const day = 86_400_000;
const now = Math.floor(Date.now() / 1000) * 1000;

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { cwd: folder, stdio: 'pipe' }).toString();
}

function write(name: string, ...certificates: readonly Buffer[]): string {
  writeFileSync(join(folder, name), certificates.map((c) => encodePem('CERTIFICATE', c)).join(''));
  return name;
}

function address(text: string): GeneralName {
  const name = ipAddressName(text);
  assert.ok(name !== null);
  return name;
}

const validity = { notBefore: now - 60_000, notAfter: now + 30 * day } as const;
const names: readonly GeneralName[] = [
  { kind: 'dns', value: 'example.com' },
  { kind: 'dns', value: '*.example.com' },
  address('127.0.0.1'),
  address('2001:db8::1'),
  { kind: 'email', value: 'derek@nats.io' },
  { kind: 'uri', value: 'spiffe://example.org/service' },
  userPrincipalNameOf('alice@corp.example'),
];

interface Authority {
  readonly root: Buffer;
  readonly intermediate: Buffer;
  readonly issuer: Issuer;
}

async function authority(type: KeyType): Promise<Authority> {
  const rootSigner = keySigner(await generatePrivateKey(type));
  const signer = keySigner(await generatePrivateKey(type));
  const long = { notBefore: now - 60_000, notAfter: now + 3650 * day };
  const rootName = parseName('CN=Test Root,O=Example');
  const root = await buildRoot(
    {
      role: { kind: 'root', pathLength: null },
      subject: rootName,
      subjectAltNames: [],
      publicKey: rootSigner.publicKey,
      serialNumber: randomSerialNumber(),
      ...long,
    },
    rootSigner,
  );
  const name = parseName('CN=Test Issuing,O=Example');
  const intermediate = await buildCertificate(
    {
      role: { kind: 'intermediate', pathLength: 0 },
      subject: name,
      subjectAltNames: [],
      publicKey: signer.publicKey,
      serialNumber: randomSerialNumber(),
      ...long,
    },
    {
      subjectDer: encodeName(rootName),
      keyIdentifier: keyIdentifierOf(rootSigner.publicKey),
      signer: rootSigner,
    },
  );
  const issuer = {
    subjectDer: encodeName(name),
    keyIdentifier: keyIdentifierOf(signer.publicKey),
    signer,
  };
  return { root, intermediate, issuer };
}

async function template(
  kind: 'server' | 'client',
  changes: Partial<CertificateTemplate> = {},
): Promise<CertificateTemplate> {
  return {
    role: { kind },
    subject: parseName('CN=leaf'),
    subjectAltNames: names,
    publicKey: encodePublicKey(await generatePrivateKey()),
    serialNumber: randomSerialNumber(),
    ...validity,
    ...changes,
  };
}

const p256 = await authority('p256');

for (const type of keyTypes.filter((name) => name !== 'rsa4096')) {
  test(
    `${type} chains pass openssl verify -x509_strict and certtool for their purpose alone`,
    needs('openssl', 'certtool'),
    async () => {
      const ca = type === 'p256' ? p256 : await authority(type);
      const publicKey = encodePublicKey(await generatePrivateKey(type));
      write('root.pem', ca.root);
      write('chain.pem', ca.intermediate);
      for (const [kind, purpose, other] of [
        ['server', 'sslserver', 'sslclient'],
        ['client', 'sslclient', 'sslserver'],
      ] as const) {
        const leaf = await buildCertificate(await template(kind, { publicKey }), ca.issuer);
        write('leaf.pem', leaf);
        const args = [
          'verify',
          '-x509_strict',
          '-check_ss_sig',
          '-CAfile',
          'root.pem',
          '-untrusted',
          'chain.pem',
        ];
        assert.equal(run('openssl', ...args, '-purpose', purpose, 'leaf.pem'), 'leaf.pem: OK\n');
        assert.throws(() => run('openssl', ...args, '-purpose', other, 'leaf.pem'), /purpose/);
      }
      write(
        'all.pem',
        await buildCertificate(await template('server', { publicKey }), ca.issuer),
        ca.intermediate,
        ca.root,
      );
      assert.match(
        run('certtool', '--verify-chain', '--infile', 'all.pem'),
        /Chain verification output: Verified\./,
      );
    },
  );
}

test(
  'extensions are those of the role, critical where RFC 5280 wants it',
  needs('openssl'),
  async () => {
    write('i.pem', p256.intermediate);
    const issuing = run('openssl', 'x509', '-in', 'i.pem', '-text', '-noout');
    assert.match(issuing, /Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/);
    assert.match(issuing, /Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
    assert.match(issuing, /Authority Key Identifier/);
    write('r.pem', p256.root);
    const root = run('openssl', 'x509', '-in', 'r.pem', '-text', '-noout');
    assert.match(root, /Basic Constraints: critical\n\s+CA:TRUE\n/);
    assert.doesNotMatch(root, /Authority Key Identifier/);
    write('s.pem', await buildCertificate(await template('server'), p256.issuer));
    const server = run('openssl', 'x509', '-in', 's.pem', '-text', '-noout');
    assert.match(server, /Version: 3/);
    assert.match(server, /Key Usage: critical\n\s+Digital Signature\n/);
    assert.match(server, /Basic Constraints: critical\n\s+CA:FALSE\n/);
    assert.match(server, /Extended Key Usage: ?\n\s+TLS Web Server Authentication\n/);
    assert.match(
      server,
      /Subject Alternative Name: ?\n\s+DNS:example.com, DNS:\*.example.com, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:derek@nats.io, URI:spiffe:\/\/example.org\/service, othername: UPN::alice@corp.example\n/,
    );
  },
);

test('an RSA server may also decipher keys, a client may not', async () => {
  const publicKey = encodePublicKey(await generatePrivateKey('rsa2048'));
  const usage = async (kind: 'server' | 'client') =>
    parseCertificate(await buildCertificate(await template(kind, { publicKey }), p256.issuer))
      .extensions.keyUsage;
  assert.deepEqual(await usage('server'), ['digitalSignature', 'keyEncipherment']);
  assert.deepEqual(await usage('client'), ['digitalSignature']);
});

test(
  'with an empty subject the SAN is critical, and openssl accepts it',
  needs('openssl'),
  async () => {
    const leaf = await buildCertificate(await template('server', { subject: [] }), p256.issuer);
    const san = parseCertificate(leaf).extensions.all.find((e) => e.type === OID.subjectAltName);
    assert.equal(san?.critical, true);
    write('root.pem', p256.root);
    write('chain.pem', p256.intermediate);
    write('leaf.pem', leaf);
    run(
      'openssl',
      'verify',
      '-x509_strict',
      '-CAfile',
      'root.pem',
      '-untrusted',
      'chain.pem',
      'leaf.pem',
    );
  },
);

test('times past 2049 are GeneralizedTime and come back exactly', async () => {
  const notAfter = Date.UTC(2126, 0, 2, 3, 4, 5);
  const leaf = await buildCertificate(
    await template('client', { notAfter: notAfter + 999 }),
    p256.issuer,
  );
  assert.equal(parseCertificate(leaf).notAfter, notAfter);
  assert.equal(new X509Certificate(leaf).validToDate.getTime(), notAfter);
});

test('Node and pkijs read what is built', async () => {
  const leaf = await buildCertificate(await template('client'), p256.issuer);
  const node = new X509Certificate(leaf);
  assert.ok(node.checkIssued(new X509Certificate(p256.intermediate)));
  assert.ok(node.verify(new X509Certificate(p256.intermediate).publicKey));
  assert.equal(node.checkHost('a.example.com'), '*.example.com');
  assert.equal(node.checkIP('2001:db8::1'), '2001:db8::1');
  const schema = pkijs.Certificate.fromBER(new Uint8Array(leaf));
  assert.deepEqual(Buffer.from(schema.toSchema(true).toBER()), leaf);
});

test('any subject and any names survive being issued', async () => {
  const signer = p256.issuer.signer;
  const still: Issuer = {
    ...p256.issuer,
    signer: { ...signer, sign: async () => Buffer.from('unsigned') },
  };
  const base = await template('client');
  const type = fc.constantFrom(
    OID.commonName,
    OID.organization,
    OID.organizationalUnit,
    OID.domainComponent,
    OID.country,
    OID.userId,
  );
  const attribute = fc
    .tuple(type, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }))
    .map(([oid, text]) => textAttribute(oid, text));
  const subject = fc.array(
    fc.uniqueArray(attribute, {
      minLength: 1,
      maxLength: 3,
      selector: (a) => a.der.toString('hex'),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 });
  const name: fc.Arbitrary<GeneralName> = fc.oneof(
    ascii.map((value) => ({ kind: 'dns', value }) as const),
    ascii.map((value) => ({ kind: 'email', value }) as const),
    ascii.map((value) => ({ kind: 'uri', value }) as const),
    fc.ipV4().map(address),
    fc.ipV6().map(address),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map(userPrincipalNameOf),
    subject.map((value) => ({ kind: 'directory', value }) as const),
    fc.constant({ kind: 'registered-id', value: '1.2.3.4' } as const),
  );
  await fc.assert(
    fc.asyncProperty(subject, fc.array(name, { maxLength: 4 }), async (wanted: Name, sans) => {
      const built = await buildCertificate(
        { ...base, subject: wanted, subjectAltNames: sans },
        still,
      );
      const read = parseCertificate(built);
      assert.equal(encodeName(read.subject).toString('hex'), encodeName(wanted).toString('hex'));
      assert.deepEqual(read.subjectAltNames.map(encodeGeneralName), sans.map(encodeGeneralName));
      assert.equal(printName(parseName(printName(read.subject))), printName(read.subject));
    }),
    { numRuns: 200 },
  );
});

test('IP addresses become the bytes that Node reads back', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const name = ipAddressName(text);
      assert.ok(name?.kind === 'ip');
      assert.equal(
        new URL(`http://[${name.value}]`).hostname,
        new URL(`http://[${text}]`).hostname,
      );
    }),
  );
  for (const text of ['', '1.2.3', '1.2.3.256', 'fe80::1%eth0', '1::2::3', 'example.com']) {
    assert.equal(ipAddressName(text), null, text);
  }
});

test('serial numbers are positive, at most 20 bytes, and never repeat', () => {
  const serials = new Set<string>();
  for (let round = 0; round < 1000; round++) {
    const serial = randomSerialNumber();
    assert.equal(serial.length, 20);
    assert.ok(serial[0] < 0x80);
    serials.add(serial.toString('hex'));
  }
  assert.equal(serials.size, 1000);
  assert.deepEqual(
    randomSerialNumber(() => Buffer.alloc(20, 0xff)),
    Buffer.from(`7f${'ff'.repeat(19)}`, 'hex'),
  );
});

test('a template that no certificate may have is refused', async () => {
  const base = await template('client');
  const broken: readonly Partial<CertificateTemplate>[] = [
    { serialNumber: Buffer.alloc(20) },
    { serialNumber: Buffer.alloc(20, 0xff) },
    { serialNumber: Buffer.alloc(21, 1) },
    { serialNumber: Buffer.alloc(0) },
    { notAfter: base.notBefore - 1000 },
    { subject: [], subjectAltNames: [] },
    { subjectAltNames: [{ kind: 'dns', value: 'münchen.example' }] },
    { role: { kind: 'intermediate', pathLength: 0 }, subject: [] },
  ];
  for (const change of broken) {
    await assert.rejects(buildCertificate({ ...base, ...change }, p256.issuer), RangeError);
  }
  await assert.rejects(buildRoot(base, p256.issuer.signer), RangeError);
});
