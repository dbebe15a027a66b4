// A client is refused while somebody looks: it appears by itself, with what mends it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

test(
  'a refused handshake explains itself at once',
  needs('chromium', 'curl', 'openssl'),
  async (t) => {
    const certificates = await scenarioCertificates('webServer');
    const gateway = await startApiGateway(
      t,
      (port) => `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls:
      cert_file: ${certificates}/server.crt
      key_file: ${certificates}/server.key
      ca_file: ${certificates}/ca.crt
      verify: true
    upstream: 'echo:'
workers: 1
`,
    );
    const url = `https://127.0.0.1:${gateway.port}/`;
    const connect = (...args: string[]) => curl(['-k', ...args, url], { cwd: certificates });
    const browser = await startBrowser(t);
    const { page, assertClean } = await openPage(t, browser);
    await logIn(page, gateway);

    await t.test('in the feed, without being asked for', async () => {
      await page.getByRole('link', { name: 'Handshakes' }).click();
      await page.getByText('No handshake yet.').waitFor();
      await connect('--cert', 'expired.crt', '--key', 'expired.key');
      const row = page.getByRole('row').filter({ hasText: 'CN=expired' });
      await row.getByText('The certificate has expired').waitFor();
      await connect('--cert', 'client.crt', '--key', 'client.key');
      await page.getByRole('row').filter({ hasText: 'CN=alice' }).getByText('Admitted').waitFor();
    });

    await t.test(
      'drawn down to where it stopped, with the certificate at fault and the remedy',
      async () => {
        await page.getByRole('row').filter({ hasText: 'CN=expired' }).getByRole('link').click();
        const steps = page.getByRole('listitem').filter({ hasText: /^(Client|Gateway): / });
        await steps.first().waitFor();
        const titles = await page.locator('.step-title').allTextContents();
        assert.equal(
          titles.join(' '),
          'ClientHello ServerHello EncryptedExtensions CertificateRequest Certificate CertificateVerify ' +
            'Finished Certificate CertificateVerify Finished Verification Alert',
        );
        assert.match(
          (await steps.last().textContent()) ?? '',
          /Alert.*It stopped here: The certificate has expired/,
        );
        const chain = page.getByRole('list', { name: 'Certificate chain, leaf first' });
        assert.match((await chain.textContent()) ?? '', /CN=expired.*The certificate has expired/);
        await page.getByRole('heading', { name: 'What mends it' }).waitFor();
        await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
        await page.getByRole('button', { name: 'Copy' }).click();
        await page.getByRole('button', { name: 'Copied' }).waitFor();
        const copied = await page.evaluate('navigator.clipboard.readText()');
        assert.ok(typeof copied === 'string' && copied.length > 10);
        assert.ok(((await page.locator('pre').first().textContent()) ?? '').includes(copied));
      },
    );

    await t.test('filtered, paused and resumed', async () => {
      await page.goto(`${gateway.admin}/#/handshakes?finding=no-certificate`);
      await page.getByText('No handshake yet.').waitFor();
      await connect('--cert', 'expired.crt', '--key', 'expired.key');
      await connect();
      await page.getByRole('row').filter({ hasText: 'The client sent no certificate' }).waitFor();
      assert.equal(await page.getByRole('row').filter({ hasText: 'CN=expired' }).count(), 0);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('Paused').waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();
      await connect();
      await page.getByRole('row').nth(2).waitFor();
    });

    await t.test('counted on the overview', async () => {
      await page.getByRole('link', { name: 'Overview' }).click();
      const causes = page.getByRole('link', { name: /The certificate has expired/ });
      while ((await causes.textContent())?.endsWith('2') !== true) await page.waitForTimeout(50);
      assertClean();
    });
  },
);
