// What sslscan sees: protocols, suites, groups, compression, renegotiation.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { scannedCertificates } from '../support/server-certificates.ts';

const TLS13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const TLS12 = ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'];
const GROUPS = [
  'secp256r1 (NIST P-256)',
  'secp384r1 (NIST P-384)',
  'secp521r1 (NIST P-521)',
  'x25519',
  'x448',
];

test('sslscan', needs('openssl', 'sslscan'), async (t) => {
  const folder = await scannedCertificates(t);
  for (const [key, family] of Object.entries({ ec: 'ECDSA', rsa: 'RSA' })) {
    await t.test(`finds nothing weak with a certificate of ${family}`, async (t2) => {
      const port = await freePort();
      await runGateway(
        t2,
        `
listeners:
  - listen: localhost:${port}
    protocol: https
    tls: { cert_file: ${folder}/${key}.crt, key_file: ${folder}/${key}.key, ca_file: ${folder}/ca.crt, verify: optional }
    upstream: "echo:"
workers: 1
`,
      );
      const { stdout } = await promisify(execFile)(programPath('sslscan'), [
        '--xml=-',
        `localhost:${port}`,
      ]);
      const values = (pattern: RegExp): string[] =>
        [...stdout.matchAll(pattern)].map(([, value]) => value ?? '');
      assert.deepEqual(
        values(/<protocol type="\w+" version="([\d.]+)" enabled="1"/g),
        ['1.2', '1.3'],
        stdout,
      );
      assert.deepEqual(
        values(/<cipher [^>]*sslversion="TLSv1.3"[^>]* cipher="([^"]+)"/g).toSorted(),
        TLS13,
      );
      assert.deepEqual(
        values(/<cipher [^>]*sslversion="TLSv1.2"[^>]* cipher="([^"]+)"/g),
        TLS12.map((suite) => `ECDHE-${family}-${suite}`),
      );
      assert.deepEqual([...new Set(values(/<group [^>]*name="([^"]+)"/g))].toSorted(), GROUPS);
      assert.match(stdout, /<renegotiation supported="0"/);
      assert.doesNotMatch(stdout, /vulnerable="1"/);
    });
  }
});
