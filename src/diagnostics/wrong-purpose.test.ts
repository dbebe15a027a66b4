import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evidenceOf } from '../../test/support/evidence.ts';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { OID } from '../pki/oids.ts';
import { bestFinding } from './diagnose.ts';

const issuer = forge({ subject: "CN=R11,O=Let's Encrypt,C=US", extensions: [extension.ca()] });
const own = forge({ subject: 'CN=CA,O=Amazonia', extensions: [extension.ca()] });
const servers = extension.purposes(OID.serverAuth);
const mail = extension.purposes(OID.emailProtection);

const LEAVES = [
  ['a server certificate', { issuer: own, extensions: [servers] }, /is a server certificate: its/],
  [
    'a server certificate of a public CA',
    { issuer, extensions: [servers] },
    /server certificate of a public CA \(CN=R11,.*refused after a renewal/,
  ],
  ['another purpose', { issuer, extensions: [mail] }, /is for emailProtection: its extended/],
  [
    'no digitalSignature',
    { issuer: own, extensions: [extension.keyUsage(0x20)] },
    /key usage lacks digitalSignature/,
  ],
] as const;

describe('wrong-purpose tells', () => {
  for (const [name, options, expected] of LEAVES) {
    test(name, () => {
      const { certificate } = forge({ subject: 'CN=a', ...options });
      const evidence = evidenceOf({
        codes: ['wrong-purpose'],
        about: certificate,
        chain: [certificate],
      });
      assert.match(bestFinding(evidence)?.en.detail ?? '', expected);
      assert.match(bestFinding(evidence)?.en.remedy ?? '', /countersign issue client a --force/);
    });
  }

  const leaf = forge({ subject: 'CN=a', issuer: own }).certificate;
  const above = [
    ['an issuer that is no CA', [extension.notCa()], /not allowed to issue any/],
    ['a CA for servers', [extension.ca(), servers], /The CA CN=b may not issue client/],
  ] as const;
  for (const [name, extensions, expected] of above) {
    test(name, () => {
      const about = forge({ subject: 'CN=b', extensions }).certificate;
      const evidence = evidenceOf({ codes: ['wrong-purpose'], about, chain: [leaf, about] });
      assert.match(bestFinding(evidence)?.en.detail ?? '', expected);
    });
  }
});
