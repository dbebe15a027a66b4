import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  buildRoot,
  type CertificateTemplate,
  randomSerialNumber,
} from '../../pki/certificate-builder.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { encodePublicKey, generatePrivateKey } from '../../pki/keys.ts';
import { parseName } from '../../pki/name.ts';
import { keySigner } from '../../pki/signer.ts';
import { LintedTemplate, lintRules } from './lint.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const signer = keySigner(await generatePrivateKey());
const publicKey = encodePublicKey(await generatePrivateKey());
const serialNumber = Buffer.concat([Buffer.from([1]), randomSerialNumber().subarray(1)]);
const issuing = parseCertificate(
  await buildRoot(
    {
      role: { kind: 'root', pathLength: 0 },
      subject: parseName('CN=CA'),
      subjectAltNames: [],
      publicKey: signer.publicKey,
      serialNumber,
      notBefore: NOW,
      notAfter: NOW + 100 * DAY,
    },
    signer,
  ),
);

const GOOD: CertificateTemplate = {
  role: { kind: 'server' },
  subject: parseName('CN=api.example.com,C=DE'),
  subjectAltNames: [
    { kind: 'dns', value: '*.example.com' },
    { kind: 'email', value: 'ops@example.com' },
    { kind: 'uri', value: 'spiffe://example.com/api' },
  ],
  publicKey,
  serialNumber,
  notBefore: NOW,
  notAfter: NOW + DAY,
};

function broken(template: CertificateTemplate): readonly string[] {
  const result = LintedTemplate.lint(template, issuing);
  return result instanceof LintedTemplate ? [] : result.map(({ rule }) => rule.name);
}

/** For each rule the templates that break it, and no other rule. */
const BREAKING: Readonly<Record<string, readonly Partial<CertificateTemplate>[]>> = {
  'leaf-role': [{ role: { kind: 'intermediate', pathLength: 0 } }],
  'strong-key': [
    { publicKey: encodePublicKey(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey) },
    {
      publicKey: encodePublicKey(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey),
    },
    { publicKey: Buffer.from('no key') },
  ],
  'other-key': [{ publicKey: signer.publicKey }],
  'holder-name': [{ role: { kind: 'client' }, subject: [], subjectAltNames: [] }],
  'server-name': [
    { subjectAltNames: [] },
    { subjectAltNames: [{ kind: 'email', value: 'a@b.c' }] },
  ],
  'name-syntax': [
    { subjectAltNames: [{ kind: 'dns', value: 'a b' }] },
    { subjectAltNames: [{ kind: 'dns', value: 'a.*.example.com' }] },
    {
      subjectAltNames: [
        { kind: 'dns', value: 'x' },
        { kind: 'email', value: 'nobody' },
      ],
    },
    {
      subjectAltNames: [
        { kind: 'dns', value: 'x' },
        { kind: 'uri', value: '/relative' },
      ],
    },
  ],
  'distinct-names': [
    {
      subjectAltNames: [
        { kind: 'dns', value: 'x' },
        { kind: 'dns', value: 'x' },
      ],
    },
  ],
  'attribute-length': [
    { subject: parseName(`CN=${'x'.repeat(65)}`) },
    { subject: parseName(`O=${'ü'.repeat(65)},CN=x`) },
  ],
  'country-code': [{ subject: parseName('CN=x,C=Germany') }, { subject: parseName('C=de') }],
  'validity-span': [
    { notAfter: NOW - 1 },
    { notBefore: NOW - DAY },
    { notAfter: NOW + 101 * DAY },
    { notAfter: Number.NaN },
  ],
  'serial-number': [
    { serialNumber: Buffer.alloc(20) },
    { serialNumber: Buffer.from([1, 2, 3]) },
    { serialNumber: Buffer.alloc(20, 0xff) },
    { serialNumber: Buffer.alloc(21, 1) },
  ],
};

describe('before a leaf is signed', () => {
  test('a good one keeps every rule', () => assert.deepEqual(broken(GOOD), []));

  test('each rule has a case and cites its source', () => {
    assert.deepEqual(
      lintRules.map(({ name }) => name).toSorted(),
      Object.keys(BREAKING).toSorted(),
    );
    for (const { citation } of lintRules) assert.match(citation, /\d/);
  });

  for (const [rule, changes] of Object.entries(BREAKING)) {
    test(`${rule} is found, and nothing else`, () => {
      for (const change of changes) assert.deepEqual(broken({ ...GOOD, ...change }), [rule]);
    });
  }

  test('everything that is wrong is told at once', () => {
    assert.deepEqual(broken({ ...GOOD, subject: parseName('C=x'), subjectAltNames: [] }), [
      'server-name',
      'country-code',
    ]);
  });
});
