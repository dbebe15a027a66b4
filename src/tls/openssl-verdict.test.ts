import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import { OID } from '../pki/oids.ts';
import { opensslVerdict } from './openssl-verdict.ts';
import type { ServerTlsOptions } from './options.ts';

const root = forge({ subject: 'CN=Root', extensions: [extension.ca()] });
const issuing = forge({ subject: 'CN=Issuing', issuer: root, extensions: [extension.ca()] });
const server = forge({ subject: 'CN=server', issuer: root });
const leaf = forge({ subject: 'CN=a', issuer: issuing });
const foreign = forge({ subject: 'CN=Root', extensions: [extension.ca()] });

const options: ServerTlsOptions = {
  name: 'server.crt',
  certPem: server.pem,
  keyPem: server.keys.privateKey.export({ format: 'pem', type: 'pkcs8' }),
  snis: [],
  mode: 'true',
  mapping: false,
  caPem: [root.pem],
  depth: null,
  pins: new Set(),
  minVersion: 'TLSv1.3',
  crls: [],
  crlGraceMs: 0,
  ciphers: null,
  admitsUnverified: false,
  sessions: 'off',
};

const CASES = [
  ['a good chain', [leaf, issuing], null],
  ['the intermediate is missing', [leaf], 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  ['wrongly signed', [forge({ subject: 'CN=a', issuer: foreign })], 'CERT_SIGNATURE_FAILURE'],
  ['expired', [forge({ subject: 'CN=a', issuer: root, notAfter: 1e12 })], 'CERT_HAS_EXPIRED'],
  [
    'for servers',
    [forge({ subject: 'CN=a', issuer: root, extensions: [extension.purposes(OID.serverAuth)] })],
    'INVALID_PURPOSE',
  ],
  ['an anchor itself', [root], null],
  ['longer than a TLS record', [leaf, issuing, ...Array(60).fill(foreign)], null],
] as const;

for (const [name, chain, error] of CASES) {
  test(`${name}: ${error ?? 'nothing to complain about'}`, async () => {
    const verdict = await opensslVerdict(
      options,
      chain.map(({ der }) => der),
    );
    assert.deepEqual(verdict, { kind: 'judged', error });
  });
}

test('what can not be read fails as it would in a handshake', async () => {
  for (const der of [Buffer.from('3003020101', 'hex'), Buffer.alloc(1), leaf.der.subarray(0, 99)]) {
    const verdict = await opensslVerdict(options, [der]);
    assert.equal(verdict.kind, 'failed');
    assert.equal(verdict.failure.cause, 'malformed');
  }
});

test('options that can not be used are a fault', async () => {
  const broken = { ...options, keyPem: 'nothing' };
  await assert.rejects(opensslVerdict(broken, [leaf.der]));
});
