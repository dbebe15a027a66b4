import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { certificatePem, readCertificates } from '../../web/src/certificates/read-certificate.ts';

test('certificates are read as node:crypto reads them', needs('openssl'), async () => {
  for (const scenario of ['apiGateway', 'webServer', 'messaging'] as const) {
    const folder = await scenarioCertificates(scenario);
    for (const name of ['ca.crt', 'server.crt']) {
      const pem = readFileSync(join(folder, name), 'utf8');
      const expected = new X509Certificate(pem);
      const [read] = readCertificates(pem);
      assert.equal(read?.subject, expected.subject.split('\n').toReversed().join(','));
      assert.equal(read?.issuer, expected.issuer.split('\n').toReversed().join(','));
      assert.equal(read?.notBefore, expected.validFromDate.getTime());
      assert.equal(read?.notAfter, expected.validToDate.getTime());
      const names = (expected.subjectAltName ?? '').replaceAll('IP Address:', 'IP:');
      assert.equal(read?.names.join(', '), names);
      assert.deepEqual(readCertificates(certificatePem(expected.raw)), [read]);
    }
  }
});

test('whatever is dropped, nothing is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      readCertificates(certificatePem(bytes));
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void readCertificates(text)));
});

test('cut and bent certificates cost themselves alone', needs('openssl'), async () => {
  const folder = await scenarioCertificates('webServer');
  const { raw } = new X509Certificate(readFileSync(join(folder, 'server.crt')));
  fc.assert(
    fc.property(fc.nat(raw.length - 1), fc.nat(255), (at, value) => {
      const bent = new Uint8Array(raw);
      bent[at] = value;
      const whole = certificatePem(raw);
      const read = readCertificates(
        certificatePem(bent) + certificatePem(raw.subarray(0, at)) + whole,
      );
      assert.equal(read.length, 3);
      assert.deepEqual(read[2], readCertificates(whole)[0]);
    }),
  );
});
