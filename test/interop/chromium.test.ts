// Chromium against a gateway that requires a client certificate. Its TLS is its own: certificate, key and
// trusted CA come from its certificate database, and a policy answers the question which one to use.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { freePort } from '../support/free-port.ts';
import { runGateway } from '../support/gateway-process.ts';
import { needs, programPath } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);

const programs = needs('certutil', 'chromium', 'openssl', 'pk12util', 'unshare');

test('chromium with a certificate database', programs, async (t) => {
  const certificates = await scenarioCertificates('webServer');
  const port = await freePort();
  const file = (name: string): string => join(certificates, name);
  const gateway = await runGateway(
    t,
    `
listeners:
  - listen: localhost:${port}
    protocol: https
    tls:
      cert_file: ${file('server.crt')}
      key_file: ${file('server.key')}
      ca_file: ${file('ca.crt')}
      verify_and_map: true
    upstream: "echo:"
authorization: { users: [{ user: alice@example.com }] }
workers: 1
`,
  );

  await t.test('its certificate says who it is, over HTTP/2 and TLS 1.3', async (t2) => {
    const page = await openPage(t2, certificates, 'client');
    const response = await page.goto(`https://localhost:${port}/hello`);
    assert.equal(response?.status(), 200);
    const seen = (await response.json()) as Record<string, unknown>;
    assert.equal(seen['http_version'], '2');
    assert.equal(seen['tls_version'], 'TLSv1.3');
    assert.equal((seen['peer'] as Record<string, unknown>)['user'], 'alice@example.com');
    // The issuer that the browser itself has checked: nothing stands between.
    assert.equal((await response.securityDetails())?.issuer, 'Private-CA');
  });

  await t.test('without a certificate it is told that one is required', async (t2) => {
    const page = await openPage(t2, certificates, null);
    // It writes on while it is told: at times its own write is what fails, and it says that instead.
    for (let tries = 1; ; tries++) {
      const error = await page
        .goto(`https://localhost:${port}/`)
        .catch((thrown: unknown) => thrown);
      if (/ERR_BAD_SSL_CLIENT_AUTH_CERT/.test(String(error))) break;
      assert.ok(tries < 10, String(error));
      // Mostly it says so at once, or for a while not at all.
      await sleep(tries * 100);
    }
    const line = await gateway.waitForLog(({ cause }) => cause === 'no-certificate');
    assert.equal(line['outcome'], 'refused');
  });
});

/** In a browser of its own profile and certificate database; `leaf` names its certificate's files. */
async function openPage(
  t: { after(hook: () => Promise<void>): void },
  certificates: string,
  leaf: string | null,
): Promise<Page> {
  const home = await temporaryFolder(t, {
    'policy.json': JSON.stringify({
      AutoSelectCertificateForUrls: ['{"pattern":"https://localhost","filter":{}}'],
    }),
    // The policy lies in /etc, of which the browser is given its own.
    chromium: `#!/bin/sh
exec unshare --map-root-user --mount sh -c '
  mount -t tmpfs none /etc/chromium && mkdir -p /etc/chromium/policies/managed &&
  cp "$HOME/policy.json" /etc/chromium/policies/managed/ && exec "$0" "$@"
' ${programPath('chromium')} "$@"
`,
  });
  await chmod(join(home, 'chromium'), 0o755);
  await fillDatabase(join(home, '.pki/nssdb'), certificates, leaf);
  const browser = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: join(home, 'chromium'),
    args: ['--no-sandbox'],
    env: { ...process.env, HOME: home },
  });
  t.after(() => browser.close());
  return browser.newPage();
}

async function fillDatabase(
  folder: string,
  certificates: string,
  leaf: string | null,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const database = ['-d', `sql:${folder}`];
  const options = { cwd: certificates };
  await run(programPath('certutil'), ['-N', '--empty-password', ...database], options);
  await run(
    programPath('certutil'),
    ['-A', '-n', 'ca', '-t', 'C,,', '-i', 'ca.crt', ...database],
    options,
  );
  if (leaf === null) return;
  const p12 = join(folder, 'client.p12');
  const pair = ['-in', `${leaf}.crt`, '-inkey', `${leaf}.key`];
  await run(
    programPath('openssl'),
    ['pkcs12', '-export', ...pair, '-out', p12, '-passout', 'pass:x'],
    options,
  );
  await run(programPath('pk12util'), ['-i', p12, '-W', 'x', ...database], options);
}
