import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { derMutations } from '../../test/support/der-mutation.ts';
import {
  ecKeys,
  extension,
  type Forged,
  forge,
  type ForgeOptions,
  rsaKeys,
} from '../../test/support/forged-certificate.ts';
import { mutated } from '../../test/support/mutation.ts';
import { Random } from '../../test/support/random.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { certificateNames, warnOfServerCertificate } from './certificate-warnings.ts';
import { readPlainCertificate } from './plain-certificate.ts';
import { Report } from './report.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const EKU_SERVER = '1.3.6.1.5.5.7.3.1';
const EKU_CLIENT = '1.3.6.1.5.5.7.3.2';

const ca = forge({ subject: 'CN=Issuer', extensions: [extension.ca()] });
const keys = ecKeys();

function dns(...values: string[]): Buffer {
  return extension.names(...values.map((value) => ({ kind: 'dns' as const, value })));
}

function leaf(options: Partial<ForgeOptions> = {}): Forged {
  const extensions = [extension.notCa(), dns('a.example.com', '*.b.example.com')];
  return forge({ subject: 'CN=x', issuer: ca, keys, extensions, ...options });
}

/** What the long way has to say of it. */
function warningsOf(certificate: Certificate): readonly string[] {
  const report = new Report({ file: '', value: null, position: () => null });
  warnOfServerCertificate([certificate], [], { report, now: NOW });
  return report.warnings.map(({ message }) => message);
}

suite('the short way to a server certificate', () => {
  test('reads its names and its key', () => {
    for (const certificate of [
      leaf(),
      leaf({ keys: ecKeys('P-384') }),
      leaf({ keys: rsaKeys(2048), extensions: [dns('a.example.com')] }),
      leaf({ issuer: forge({ subject: 'CN=R', keys: rsaKeys(2048), extensions: [] }) }),
      leaf({ extensions: [extension.purposes(EKU_CLIENT, EKU_SERVER), dns('a.example.com')] }),
    ]) {
      const plain = readPlainCertificate(certificate.der, NOW);
      assert.ok(plain !== null);
      assert.deepEqual(plain.names, certificateNames(certificate.certificate));
      assert.ok(plain.spki.equals(certificate.certificate.spki));
    }
  });

  const others: Readonly<Record<string, Partial<ForgeOptions>>> = {
    'without names': { extensions: [extension.notCa()] },
    'with a name in capitals': { extensions: [dns('A.example.com')] },
    'with a name of one label': { extensions: [dns('localhost')] },
    'with an address that is no name': { extensions: [dns('10.0.0.1')] },
    'with names of two kinds': {
      extensions: [
        extension.names({ kind: 'dns', value: 'a.b' }, { kind: 'email', value: 'a@b.c' }),
      ],
    },
    'for clients': { extensions: [extension.purposes(EKU_CLIENT), dns('a.example.com')] },
    'with a short RSA key': { keys: rsaKeys(1024) },
    'with an unusual curve': { keys: ecKeys('P-521') },
    'signed with SHA-1': { digest: 'sha1' },
    'that is expired': { notAfter: NOW - 1000 },
    'that is not yet valid': { notBefore: NOW + DAY_MS },
    'in the last third of its life': { notBefore: NOW - 30 * DAY_MS, notAfter: NOW + 10 * DAY_MS },
    'valid for a hundred years': { notAfter: Date.UTC(2126, 0, 1) },
    'valid for thirty years': { notBefore: NOW - DAY_MS, notAfter: NOW + 30 * 365 * DAY_MS },
  };
  for (const [what, options] of Object.entries(others)) {
    test(`is not taken by one ${what}`, () => {
      assert.equal(readPlainCertificate(leaf(options).der, NOW), null);
    });
  }

  test('says of changed certificates what the long way says', () => {
    const random = new Random(20_260_601);
    const corpus = [
      leaf().der,
      leaf({ extensions: [extension.purposes(EKU_SERVER), dns('a.example.com')] }).der,
      leaf({ keys: rsaKeys(2048) }).der,
    ];
    let agreed = 0;
    for (let round = 0; round < 10_000; round++) {
      const input = mutated(derMutations, random, { corpus, tokens: corpus, longest: 5000 });
      const plain = readPlainCertificate(input, NOW);
      if (plain === null) continue;
      let certificate: Certificate;
      try {
        certificate = parseCertificate(input);
      } catch (error) {
        // What is passed over, as the issuer's name, may be of any kind.
        assert.ok(error instanceof CertificateError);
        continue;
      }
      assert.deepEqual(plain.names, certificateNames(certificate));
      assert.ok(plain.spki.equals(certificate.spki));
      assert.deepEqual(warningsOf(certificate), []);
      agreed++;
    }
    assert.ok(agreed > 250, `${agreed} were compared`);
  });
});
