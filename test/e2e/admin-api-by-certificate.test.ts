// An admin listener with mutual TLS: the certificate of an administrator does for the token, that of any
// other user does not, and without a certificate nobody is heard.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the admin API by client certificate', needs('curl', 'openssl'), async (t) => {
  const web = await scenarioCertificates('webServer');
  const [port, adminPort] = [await freePort(), await freePort()];
  const folder = await temporaryFolder(t);
  const path = join(folder, 'gateway.yaml');
  const tls = `cert_file: ${web}/server.crt, key_file: ${web}/server.key, ca_file: ${web}/ca.crt, verify: true`;
  await writeFile(
    path,
    `
listeners: [{ listen: '127.0.0.1:${port}', upstream: 'echo:' }]
admin: { listen: '0.0.0.0:${adminPort}', tls: { ${tls} } }
authorization: { users: [{ user: alice@example.com, admin: true }, { user: mallory@example.com }] }
workers: 1
`,
  );
  const gateway = await startGateway(t, ['run', path]);
  await gateway.waitForLog((line) => line['listener'] === 'admin');
  const url = `https://localhost:${adminPort}/v1/session`;
  const as = (name: string) => [
    '--cacert',
    `${web}/ca.crt`,
    '--cert',
    `${web}/${name}.crt`,
    '--key',
    `${web}/${name}.key`,
  ];

  const alice = await curl([...as('client'), url]);
  assert.equal(alice.status, 200, alice.verbose);
  assert.deepEqual(JSON.parse(alice.body), { who: 'alice@example.com' });
  assert.equal(
    (await curl([...as('client'), `https://127.0.0.1:${adminPort}/readyz`])).status,
    200,
  );
  assert.equal((await curl([...as('other'), url])).status, 401);
  const token = (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
  const bearer = ['-H', `Authorization: Bearer ${token}`];
  assert.equal((await curl([...as('other'), ...bearer, url])).status, 200);
  const nobody = await curl(['--cacert', `${web}/ca.crt`, ...bearer, url]);
  assert.equal(nobody.exitCode, 56, nobody.verbose);
  assert.equal((await curl([...as('expired'), ...bearer, url])).status, null);
  const rebound = await curl([...as('client'), '-H', `Host: evil.example:${adminPort}`, url]);
  assert.equal(rebound.status, 421);
});
