// From observe to enforce on the dashboard: who would be refused is named, and then is refused.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

test(
  'observe becomes enforce in the dashboard',
  needs('chromium', 'curl', 'openssl'),
  async (t) => {
    const certificates = await scenarioCertificates('webServer');
    const read = (name: string) => readFile(join(certificates, name), 'utf8');
    const gateway = await startApiGateway(
      t,
      (port) => `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    upstream: 'echo:'
certificates:
  - cert_file: ${certificates}/server.crt
    key_file: ${certificates}/server.key
    ca_file: ${certificates}/ca.crt
    snis: [by-file.example]
    verify: observe
workers: 1
`,
    );
    const { status } = await gateway.api.ask('POST', '/v1/certificates', {
      id: 'observed',
      certificate: await read('server.crt'),
      key: await read('server.key'),
      snis: ['localhost'],
      client: { ca: await read('ca.crt'), verify: 'observe' },
    });
    assert.equal(status, 201);
    const url = `https://localhost:${gateway.port}/`;
    const connect = (name: string) =>
      curl(['-k', '--cert', `${name}.crt`, '--key', `${name}.key`, url], { cwd: certificates });
    assert.equal((await connect('client')).status, 200);
    assert.equal((await connect('expired')).status, 200);

    const browser = await startBrowser(t);
    const { page, assertClean } = await openPage(t, browser);
    await logIn(page, gateway);
    await page.getByRole('link', { name: 'Clients', exact: true }).click();
    const card = page.locator('section').filter({ hasText: 'Ready to enforce?' });

    await t.test('who would be refused is listed', async () => {
      await card.getByText('Not yet: 1 of 2 clients would have been refused.').waitFor();
      const row = page.getByRole('row').filter({ hasText: 'CN=expired' });
      await row.getByText('Would be refused').waitFor();
    });

    await t.test('of the file the line is told, and no button', async () => {
      const line = card.getByRole('listitem').filter({ hasText: 'by-file.example' });
      await line.getByText('verify: observe → verify: true').waitFor();
      assert.equal(await line.getByRole('button', { name: 'Enforce' }).count(), 0);
    });

    await t.test('the question names them, and can be left', async () => {
      await card.getByRole('button', { name: 'Enforce…' }).click();
      const question = page.getByRole('dialog');
      await question.getByText('CN=expired').waitFor();
      const text = (await question.textContent()) ?? '';
      assert.match(text, /Enforce verification for localhost\?/);
      assert.match(text, /CN=expired.*127\.0\.0\.1: The certificate has expired/);
      assert.doesNotMatch(text, /CN=alice/);
      await question.getByRole('button', { name: 'Cancel' }).click();
      assert.equal((await connect('expired')).status, 200);
    });

    await t.test('a change made elsewhere meanwhile is not overwritten', async () => {
      await card.getByRole('button', { name: 'Enforce…' }).click();
      await page.getByRole('dialog').waitFor();
      const changed = await gateway.api.ask('PATCH', '/v1/certificates/observed', {
        labels: { a: 'b' },
      });
      assert.equal(changed.status, 200);
      await page.getByRole('dialog').getByRole('button', { name: 'Enforce' }).click();
      await page.getByRole('alert').getByText('was changed meanwhile').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    });

    await t.test('then they are refused, and the others are not', async () => {
      await card.getByRole('button', { name: 'Enforce…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Enforce' }).click();
      await page.getByRole('status').filter({ hasText: 'localhost: enforced.' }).waitFor();
      await card.getByRole('button', { name: 'Enforce…' }).waitFor({ state: 'detached' });
      const refused = await connect('expired');
      assert.notEqual(refused.exitCode, 0);
      assert.equal((await connect('client')).status, 200);
      const { json } = await gateway.api.ask('GET', '/v1/certificates/observed');
      assert.equal((json['client'] as { verify: unknown }).verify, true);
      await page
        .getByRole('row')
        .filter({ hasText: 'CN=expired' })
        .getByText('Refused', { exact: true })
        .waitFor();
      assertClean();
    });
  },
);
