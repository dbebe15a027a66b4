import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import * as tls from 'node:tls';
import { serverTls } from '../../test/support/accepting-server.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { ServerTlsOptions } from './options.ts';
import { checkServerTls } from './server-check.ts';

const ca = new OpensslCa('my-ca');
after(() => ca.remove());
const server = ca.issue('localhost', ['DNS:localhost']);
const good = serverTls(server, [ca.root.certPem]);

function problems(change: Partial<ServerTlsOptions>): string[] {
  return checkServerTls({ ...good, ...change }).map(({ option, code }) => `${option}: ${code}`);
}

/** Whether node takes certificate and key. */
function isUsable({ certPem, keyPem }: ServerTlsOptions): boolean {
  try {
    // Node passes over what is empty.
    tls.createSecureContext({ cert: certPem || 'none', key: keyPem || 'none' });
    return true;
  } catch {
    return false;
  }
}

test('finds nothing wrong with a good certificate, with or without verification', () => {
  assert.deepEqual(problems({}), []);
  assert.deepEqual(problems({ mode: 'false', caPem: [] }), []);
});

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const encrypted: string = privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
});

const bad: readonly (readonly [string, Partial<ServerTlsOptions>, string])[] = [
  ['no certificate', { certPem: '' }, 'certPem: bad-certificate'],
  ['a key in place of the certificate', { certPem: server.keyPem }, 'certPem: bad-certificate'],
  [
    'a certificate that is cut short',
    { certPem: `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n` },
    'certPem: bad-certificate',
  ],
  ['no key', { keyPem: '' }, 'keyPem: bad-key'],
  ['an encrypted key', { keyPem: encrypted }, 'keyPem: encrypted-key'],
  ["another certificate's key", { keyPem: ca.root.keyPem }, 'keyPem: key-mismatch'],
];

for (const [name, change, problem] of bad) {
  test(`finds ${name}, which node would not take either`, () => {
    assert.deepEqual(problems(change), [problem]);
    assert.equal(isUsable({ ...good, ...change }), false);
  });
}

test('finds a trust bundle missing or unreadable where clients are verified', () => {
  assert.deepEqual(problems({ caPem: [] }), ['caPem: no-trust-anchor']);
  assert.deepEqual(problems({ caPem: ['nothing here'] }), ['caPem: bad-trust-anchor']);
  const broken = '-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n';
  assert.deepEqual(problems({ caPem: [broken] }), ['caPem: bad-trust-anchor']);
});

test('finds keys and signatures that clients hold for too weak', async (t) => {
  const folder = await temporaryFolder(t);
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const pair = (name: string) => ({
    certPem: readFileSync(join(folder, `${name}.crt`), 'utf8'),
    keyPem: readFileSync(join(folder, `${name}.key`), 'utf8'),
  });
  run(
    'req',
    '-x509',
    '-newkey',
    'rsa:1024',
    '-nodes',
    '-subj',
    '/CN=a',
    '-keyout',
    'a.key',
    '-out',
    'a.crt',
  );
  assert.deepEqual(problems(pair('a')), ['certPem: weak-key']);
  assert.equal(isUsable({ ...good, ...pair('a') }), false);

  run(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=b',
    '-keyout',
    'b.key',
    '-out',
    'b.csr',
  );
  run(
    'x509',
    '-req',
    '-sha1',
    '-in',
    'b.csr',
    '-CA',
    'a.crt',
    '-CAkey',
    'a.key',
    '-set_serial',
    '1',
    '-out',
    'b.crt',
  );
  assert.deepEqual(problems(pair('b')), ['certPem: weak-signature']);
});

test('quotes nothing of a key', () => {
  const secret = server.keyPem.split('\n')[1] ?? '';
  const found = checkServerTls({ ...good, keyPem: server.keyPem.replace('BEGIN', 'BEGGING') });
  assert.ok(found.length > 0 && !JSON.stringify(found).includes(secret));
});
