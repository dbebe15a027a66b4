import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Certificate as PkijsCertificate } from 'pkijs';
import { extension, forge, forgeDer } from '../../test/support/forged-certificate.ts';
import { needs } from '../../test/support/programs.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { CertificateError, type CertificateErrorCode } from './certificate-error.ts';
import { der } from './der-writer.ts';
import { readDer } from './der.ts';
import { printGeneralName } from './general-name.ts';
import { printNameForHeader } from './name.ts';
import { OID } from './oids.ts';

/** Runs openssl in `folder` and parses the certificate that it printed. */
function byOpenssl(
  folder: string,
  ...args: readonly string[]
): { pem: Buffer; raw: Buffer; certificate: Certificate } {
  const pem = execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const { raw } = new X509Certificate(pem);
  return { pem, raw, certificate: parseCertificate(raw) };
}

function printed(pem: Buffer, ...args: readonly string[]): string {
  return execFileSync('openssl', ['x509', '-noout', ...args], {
    input: pem,
    stdio: 'pipe',
  }).toString();
}

const NEW_KEY = [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  'k.pem',
];

const EXTENSIONS = `
[req]
distinguished_name = dn
[dn]
[ext]
basicConstraints = critical, CA:true, pathlen:3
keyUsage = critical, digitalSignature, keyCertSign, decipherOnly, cRLSign
extendedKeyUsage = clientAuth, emailProtection, 1.2.3.4
subjectAltName = DNS:a.example, email:a@b.example, URI:spiffe://x/y, IP:10.0.0.1, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@corp
nameConstraints = critical, permitted;DNS:example, excluded;IP:10.1.0.0/255.255.0.0, excluded;email:.x.example
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer:always
crlDistributionPoints = URI:http://crl.example/1.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example, caIssuers;URI:http://ca.example/ca.cer
certificatePolicies = 1.2.3.5, 2.5.29.32.0
1.2.3.4.5 = critical, DER:0500
1.2.3.4.6 = DER:0500
`;

test('reads every extension of a certificate by openssl', needs('openssl'), async (t) => {
  const folder = await temporaryFolder(t, { 'x.cnf': EXTENSIONS });
  const { raw, certificate, pem } = byOpenssl(
    folder,
    'req',
    '-x509',
    ...NEW_KEY,
    '-config',
    'x.cnf',
    '-extensions',
    'ext',
    '-subj',
    '/O=Org/CN=me',
  );
  const { extensions } = certificate;
  assert.deepEqual(extensions.basicConstraints, { ca: true, pathLength: 3 });
  assert.deepEqual(extensions.keyUsage, [
    'digitalSignature',
    'keyCertSign',
    'cRLSign',
    'decipherOnly',
  ]);
  assert.deepEqual(extensions.extendedKeyUsage, [OID.clientAuth, OID.emailProtection, '1.2.3.4']);
  assert.deepEqual(certificate.subjectAltNames.map(printGeneralName), [
    'DNS:a.example',
    'email:a@b.example',
    'URI:spiffe://x/y',
    'IP:10.0.0.1',
    'UPN:u@corp',
  ]);
  assert.deepEqual(extensions.nameConstraints?.permitted.map(printGeneralName), ['DNS:example']);
  assert.deepEqual(extensions.nameConstraints.excluded.map(printGeneralName), [
    'IP:10.1.0.0/255.255.0.0',
    'email:.x.example',
  ]);
  assert.deepEqual(
    extensions.authorityKeyIdentifier?.keyIdentifier,
    extensions.subjectKeyIdentifier,
  );
  assert.equal(extensions.authorityKeyIdentifier?.serialNumber, certificate.serialNumber);
  assert.deepEqual(extensions.authorityKeyIdentifier?.issuer?.map(printGeneralName), [
    'dirName:CN=me,O=Org',
  ]);
  assert.deepEqual(
    extensions.crlDistributionPoints.flatMap((point) => point.names).map(printGeneralName),
    ['URI:http://crl.example/1.crl'],
  );
  assert.deepEqual(
    extensions.authorityInfoAccess.map(({ method, location }) => [
      method,
      printGeneralName(location),
    ]),
    [
      [OID.ocsp, 'URI:http://ocsp.example'],
      [OID.caIssuers, 'URI:http://ca.example/ca.cer'],
    ],
  );
  assert.deepEqual(extensions.certificatePolicies, ['1.2.3.5', '2.5.29.32.0']);
  assert.deepEqual(extensions.unknownCritical, ['1.2.3.4.5']);
  assert.equal(extensions.all.length, 12);

  const node = new X509Certificate(raw);
  assert.equal(certificate.fingerprint, node.fingerprint256.replaceAll(':', '').toLowerCase());
  assert.equal(certificate.serialNumber, node.serialNumber.toLowerCase());
  assert.equal(certificate.notBefore, node.validFromDate.getTime());
  assert.equal(certificate.notAfter, node.validToDate.getTime());
  assert.deepEqual(certificate.spki, node.publicKey.export({ format: 'der', type: 'spki' }));
  assert.ok(certificate.keyObject.equals(node.publicKey));
  assert.equal(
    `subject=${printNameForHeader(certificate.subject)}\n`,
    printed(pem, '-subject', '-nameopt', 'rfc2253'),
  );

  const pkijs = PkijsCertificate.fromBER(raw);
  assert.deepEqual(certificate.tbs, Buffer.from(pkijs.tbsView));
  assert.deepEqual(
    certificate.signature,
    Buffer.from(pkijs.signatureValue.valueBlock.valueHexView),
  );
  assert.deepEqual(certificate.issuerDer, Buffer.from(pkijs.issuer.toSchema().toBER()));
  assert.deepEqual(
    extensions.all.map(({ type, critical }) => [type, critical]),
    pkijs.extensions?.map((e) => [e.extnID, e.critical]),
  );
});

test(
  'agrees with certtool on fingerprint, pin and serial number',
  needs('openssl', 'certtool'),
  async (t) => {
    const folder = await temporaryFolder(t);
    const command = ['req', '-x509', ...NEW_KEY, '-subj', '/CN=me', '-set_serial'];
    // What begins with a bit set has a zero byte before it in DER, which certtool prints.
    for (const [serial, byCerttool] of [
      ['7fab01', '7fab01'],
      ['80ab01', '0080ab01'],
    ]) {
      const { certificate, pem } = byOpenssl(folder, ...command, `0x${serial}`);
      const text = execFileSync('certtool', ['--certificate-info'], {
        input: pem,
        stdio: 'pipe',
      }).toString();
      assert.equal(certificate.serialNumber, serial);
      assert.ok(text.includes(`Serial Number (hex): ${byCerttool}\n`));
      assert.ok(text.includes(`sha256:${certificate.fingerprint}\n`));
      assert.ok(text.includes(`sha256:${certificate.spkiPin}\n`));
    }
  },
);

test(
  'reads the old-fashioned: version 1, no extensions, a hundred years',
  needs('openssl'),
  async (t) => {
    const folder = await temporaryFolder(t);
    execFileSync('openssl', ['req', '-new', ...NEW_KEY, '-subj', '/CN=CLIENT', '-out', 'r.csr'], {
      cwd: folder,
      stdio: 'pipe',
    });
    const { certificate, raw } = byOpenssl(
      folder,
      'x509',
      '-req',
      '-in',
      'r.csr',
      '-signkey',
      'k.pem',
      '-days',
      '36500',
    );
    assert.equal(certificate.version, 1);
    assert.deepEqual(certificate.extensions.all, []);
    assert.equal(certificate.extensions.basicConstraints, null);
    assert.equal(certificate.notAfter, new X509Certificate(raw).validToDate.getTime());
    assert.ok(certificate.notAfter - certificate.notBefore === 36_500 * 86_400_000);
  },
);

test(
  'prints serial numbers of any sign and length as openssl does',
  needs('openssl'),
  async (t) => {
    const folder = await temporaryFolder(t);
    for (const serial of [
      '0',
      '1',
      '127',
      '128',
      '255',
      '256',
      '-1',
      '-128',
      '-129',
      `0x7${'f'.repeat(60)}`,
    ]) {
      const { certificate, pem } = byOpenssl(
        folder,
        'req',
        '-x509',
        ...NEW_KEY,
        '-subj',
        '/CN=me',
        '-set_serial',
        serial,
      );
      assert.equal(
        `serial=${certificate.serialNumber.toUpperCase()}\n`,
        printed(pem, '-serial'),
        serial,
      );
    }
  },
);

test('names keys and signature algorithms as openssl does', needs('openssl'), async (t) => {
  const folder = await temporaryFolder(t);
  const cases: readonly (readonly [string, string, ...string[]])[] = [
    ['p256', 'ecdsa-with-SHA256', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    [
      'p384',
      'ecdsa-with-SHA384',
      '-sha384',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-384',
    ],
    [
      'p521',
      'ecdsa-with-SHA512',
      '-sha512',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-521',
    ],
    [
      'secp256k1',
      'ecdsa-with-SHA1',
      '-sha1',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:secp256k1',
    ],
    ['rsa2048', 'sha256WithRSAEncryption', '-newkey', 'rsa:2048'],
    ['rsa1024', 'sha1WithRSAEncryption', '-sha1', '-newkey', 'rsa:1024'],
    ['rsa2048', 'rsassaPss', '-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss'],
    ['ed25519', 'ED25519', '-newkey', 'ed25519'],
    ['ed448', 'ED448', '-newkey', 'ed448'],
  ];
  for (const [key, algorithm, ...args] of cases) {
    const { certificate, pem } = byOpenssl(
      folder,
      'req',
      '-x509',
      '-nodes',
      '-keyout',
      'k.pem',
      '-subj',
      '/CN=me',
      ...args,
    );
    assert.equal(certificate.publicKey.name, key);
    assert.equal(certificate.signatureAlgorithm.name, algorithm);
    assert.match(printed(pem, '-text'), new RegExp(`Signature Algorithm: ${algorithm}`));
  }
});

test('reads subjects in Latin-1 and UTF-16', () => {
  const value = (tag: number, bytes: Buffer) =>
    Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
  const subject = der.sequence(
    der.setOf(
      der.sequence(der.oid(OID.organization), value(0x14, Buffer.from('Müller', 'latin1'))),
    ),
    der.setOf(der.sequence(der.oid(OID.commonName), value(0x1e, Buffer.from([0x4e, 0x2d])))),
  );
  const { certificate } = forge({ subject });
  assert.deepEqual(
    certificate.subject.flat().map((attribute) => attribute.value),
    ['Müller', '中'],
  );
  assert.deepEqual(certificate.subjectDer, subject);
});

test('is not changed by what happens to the bytes afterwards', () => {
  const bytes = Buffer.from(forge({ subject: 'CN=me' }).der);
  const certificate = parseCertificate(bytes);
  const before = certificate.fingerprint;
  bytes.fill(0);
  assert.equal(parseCertificate(certificate.der).fingerprint, before);
});

const bitString = (hex: string) => Buffer.from(hex, 'hex');
const malformed: readonly (readonly [string, () => Buffer, CertificateErrorCode, string])[] = [
  ['nothing', () => Buffer.alloc(0), 'malformed', 'Certificate'],
  [
    'trailing bytes',
    () => Buffer.concat([forge({ subject: 'CN=a' }).der, Buffer.from([0])]),
    'malformed',
    'Certificate',
  ],
  ['version 4', () => forgeDer({ subject: 'CN=a', version: 3 }).der, 'bad-version', 'version'],
  [
    'extensions in version 1',
    () => forgeDer({ subject: 'CN=a', version: null, extensions: [extension.ca()] }).der,
    'bad-version',
    'version',
  ],
  [
    'a repeated extension',
    () => withExtensions(extension.notCa(), extension.ca()),
    'duplicate-extension',
    'basicConstraints',
  ],
  [
    'a repeated unknown extension',
    () => withExtensions(extension.raw('1.2.3', der.null()), extension.raw('1.2.3', der.null())),
    'duplicate-extension',
    'extension 1.2.3',
  ],
  ['no purposes', () => withExtensions(extension.purposes()), 'bad-extension', 'extKeyUsage'],
  [
    'no SANs',
    () => withExtensions(extension.raw(OID.subjectAltName, der.sequence())),
    'bad-extension',
    'subjectAltName',
  ],
  ['a SAN past ASCII', () => withExtensions(san(0x82, 'c3a9')), 'bad-extension', 'subjectAltName'],
  [
    'an IP of 5 bytes',
    () => withExtensions(san(0x87, '0102030405')),
    'bad-extension',
    'subjectAltName',
  ],
  ['a SAN of no kind', () => withExtensions(san(0x89, '00')), 'bad-extension', 'subjectAltName'],
  [
    'a negative path length',
    () =>
      withExtensions(
        extension.raw(OID.basicConstraints, der.sequence(der.boolean(true), der.integer(-1))),
      ),
    'bad-extension',
    'basicConstraints',
  ],
  [
    'trailing bytes in an extension',
    () =>
      withExtensions(
        extension.raw(OID.keyUsage, Buffer.concat([der.bitString(bitString('80')), der.null()])),
      ),
    'bad-extension',
    'keyUsage',
  ],
  [
    'a key usage of 3 bytes',
    () => withExtensions(extension.raw(OID.keyUsage, der.bitString(bitString('800000')))),
    'bad-extension',
    'keyUsage',
  ],
  [
    'empty name constraints',
    () => withExtensions(extension.raw(OID.nameConstraints, der.sequence())),
    'bad-extension',
    'nameConstraints',
  ],
  [
    'another algorithm outside',
    () => withAlgorithmOutside(OID.ecdsaWithSha384),
    'signature-algorithm-mismatch',
    'signatureAlgorithm',
  ],
];

function withExtensions(...extensions: Buffer[]): Buffer {
  return forgeDer({ subject: 'CN=a', extensions }).der;
}

function san(tag: number, hex: string): Buffer {
  const content = Buffer.from(hex, 'hex');
  return extension.raw(
    OID.subjectAltName,
    der.sequence(Buffer.concat([Buffer.from([tag, content.length]), content])),
  );
}

function withAlgorithmOutside(oid: string): Buffer {
  const parts = readDer(forge({ subject: 'CN=a' }).der).sequence();
  const tbs = parts.element();
  parts.skip();
  return der.sequence(tbs, der.sequence(der.oid(oid)), parts.element());
}

for (const [what, make, code, field] of malformed) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => parseCertificate(make()),
      (error) => {
        assert.ok(error instanceof CertificateError, String(error));
        assert.deepEqual([error.code, error.field], [code, field]);
        assert.ok(error.offset >= 0);
        return true;
      },
    );
  });
}

test('any change to a certificate parses or is refused with CertificateError', () => {
  const original = forge({
    subject: 'CN=me,O=Org',
    extensions: [
      extension.ca(1),
      extension.keyUsage(0x84),
      extension.purposes(OID.clientAuth),
      extension.names({ kind: 'dns', value: 'a.b' }, { kind: 'email', value: 'a@b' }),
      extension.authorityKeyIdentifier('x'),
      extension.constraints([{ kind: 'dns', value: 'b' }], []),
    ],
  }).der;
  let refused = 0;
  const parses = (bytes: Uint8Array) => {
    try {
      const certificate = parseCertificate(bytes);
      printNameForHeader(certificate.subject);
      certificate.subjectAltNames.map(printGeneralName);
      assert.equal(certificate.fingerprint.length, 64);
      assert.ok(certificate.canonicalIssuer !== '');
    } catch (error) {
      assert.ok(error instanceof CertificateError, String(error));
      refused++;
    }
  };
  const mutation = fc.tuple(fc.nat(original.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const bytes = Buffer.from(original);
      for (const [at, value] of mutations) bytes[at] = value;
      parses(bytes);
    }),
    { numRuns: 3000 },
  );
  for (let length = 0; length < original.length; length++) parses(original.subarray(0, length));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), parses));
  assert.ok(refused > 1000);
});
