// What an operator does with a certificate once it is there, and what is said when it can't be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { extension, type Forged, forge } from '../support/forged-certificate.ts';
import { needs } from '../support/programs.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

test('certificates are changed in the dashboard', needs('chromium', 'curl'), async (t) => {
  const gateway = await startApiGateway(
    t,
    (port) => `
listeners: [{ listen: '127.0.0.1:${port}', protocol: https, upstream: 'echo:' }]
workers: 1
`,
  );
  const first = named('one.example');
  const second = forge({
    subject: 'CN=two.example',
    keys: first.keys,
    extensions: [extension.names({ kind: 'dns', value: 'two.example' })],
  });
  const browser = await startBrowser(t);
  const { page, assertClean } = await openPage(t, browser);
  await logIn(page, gateway);
  await page.getByRole('link', { name: 'SSL certificates' }).click();

  await t.test('a key of another certificate is told at its field', async () => {
    await page.getByRole('button', { name: '+ Add SSL certificate' }).click();
    const dialog = page.getByRole('dialog');
    const key = dialog.getByLabel('Private key', { exact: true });
    await dialog.getByLabel('Certificate', { exact: true }).fill(first.pem);
    await key.fill(keyOf(named('other.example')));
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText('the private key does not belong to the certificate').waitFor();
    assert.equal(await key.getAttribute('aria-invalid'), 'true');
    await key.fill(keyOf(first));
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'one.example' }).getByRole('link').click();
  });

  await t.test('it is replaced under its key, with the names of the new one', async () => {
    await page.getByRole('button', { name: 'Replace' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Certificate', { exact: true }).fill(second.pem);
    await dialog.getByRole('button', { name: 'Replace', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('two.example').first().waitFor();
    while ((await page.getByText('one.example').count()) > 0) await page.waitForTimeout(20);
  });

  await t.test('it is disabled after a question that names what stops, and enabled', async () => {
    await page.getByRole('button', { name: 'Disable' }).click();
    const question = page.getByRole('dialog');
    await question.filter({ hasText: /two\.example on 127\.0\.0\.1/ }).waitFor();
    await question.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('it is kept, but not served').waitFor();
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('button', { name: 'Disable' }).waitFor();
  });

  await t.test('a change made elsewhere meanwhile is not overwritten', async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    const id = page.url().split('/').at(-1) ?? '';
    const { status } = await gateway.api.ask('PUT', `/v1/certificates/${id}`, {
      certificate: first.pem,
    });
    assert.equal(status, 200);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alert').getByText('was changed meanwhile').waitFor();
    assertClean();
  });
});

function named(name: string): Forged {
  return forge({
    subject: `CN=${name}`,
    extensions: [extension.names({ kind: 'dns', value: name })],
  });
}

function keyOf({ keys }: Forged): string {
  return keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
}
