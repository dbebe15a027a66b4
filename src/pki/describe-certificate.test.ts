import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { der } from './der-writer.ts';
import { describeCertificate } from './describe-certificate.ts';
import { encodeGeneralName } from './general-name-writer.ts';
import { OID } from './oids.ts';

test('describes what a certificate says in data that survives JSON', () => {
  const root = forge({ subject: 'CN=Root', serial: 1n, extensions: [extension.ca(0)] });
  const { certificate } = forge({
    subject: 'CN=Jörg\\, J.,O=Org',
    issuer: root,
    serial: 0xabcdn,
    notAfter: Date.UTC(2126, 0, 1),
    extensions: [
      extension.keyUsage(0x80),
      extension.purposes(OID.clientAuth, '1.2.3'),
      extension.names({ kind: 'email', value: 'j@x.example' }, { kind: 'uri', value: 'urn:a,b' }),
      extension.keyIdentifier('me'),
      extension.authorityKeyIdentifier('root'),
      extension.constraints([{ kind: 'dns', value: 'x' }], []),
      extension.raw('1.2.3.4', der.null(), true),
      extension.raw(
        OID.authorityInfoAccess,
        der.sequence(
          der.sequence(
            der.oid(OID.ocsp),
            encodeGeneralName({ kind: 'uri', value: 'http://o/\n,' }),
          ),
        ),
      ),
    ],
  });
  const description = describeCertificate(certificate);
  assert.deepEqual(JSON.parse(JSON.stringify(description)), {
    subject: 'CN=Jörg\\, J.,O=Org',
    issuer: 'CN=Root',
    subjectAltNames: ['email:j@x.example', 'URI:urn:a\\,b'],
    version: 3,
    serialNumber: 'abcd',
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2126-01-01T00:00:00.000Z',
    publicKey: 'p256',
    signatureAlgorithm: 'ecdsa-with-SHA256',
    isSelfIssued: false,
    isCa: false,
    pathLength: null,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: ['clientAuth', '1.2.3'],
    nameConstraints: { permitted: ['DNS:x'], excluded: [] },
    subjectKeyIdentifier: '6d65',
    authorityKeyIdentifier: '726f6f74',
    crlUrls: [],
    ocspUrls: ['http://o/%0A,'],
    issuerUrls: [],
    unknownCriticalExtensions: ['1.2.3.4'],
    fingerprint: certificate.fingerprint,
    spkiPin: certificate.spkiPin,
  });
});

test('says nothing that an old certificate does not say', () => {
  const description = describeCertificate(forge({ subject: 'CN=Old', version: null }).certificate);
  assert.equal(description.version, 1);
  assert.equal(description.isSelfIssued, true);
  assert.equal(description.isCa, false);
  assert.equal(description.keyUsage, null);
  assert.equal(description.extendedKeyUsage, null);
  assert.deepEqual(description.subjectAltNames, []);
});
