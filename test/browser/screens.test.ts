// Every screen for everybody: no violation that axe finds in either theme, nothing wider than the window
// from a telephone to a wall, and everything by keyboard alone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { startApiGateway } from '../support/api-gateway.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { Shell } from '../support/shell.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';
import { focusComesTo, tabTo } from './keyboard.ts';

const WIDTHS = [360, 768, 1280, 2560];

test('every screen is for everybody', needs('chromium', 'curl', 'openssl'), async (t) => {
  const certificates = await scenarioCertificates('webServer');
  const ca = await Shell.open(
    t,
    ['init'],
    ['issue', 'client', 'alice@example.com'],
    ['token', 'carol'],
  );
  const tls = (verify: string) => `
      cert_file: ${certificates}/server.crt
      key_file: ${certificates}/server.key
      ca_file: ${certificates}/ca.crt
      verify: ${verify}`;
  const gateway = await startApiGateway(
    t,
    (port) => `
listeners:
  - listen: 127.0.0.1:${port}
    tls:${tls('observe')}
    routes:
      - { match: { path: /admin* }, allow: [alice@example.com], upstream: 'echo:' }
      - { match: { path: /hello }, respond: { body: Hello World } }
authorization: { users: [{ user: alice@example.com }, { user: "CN=example.com,OU=CNCF" }] }
ca: { dir: ${ca.path('.countersign')} }
workers: 1
`,
  );
  for (const name of ['client', 'expired']) {
    const files = ['--cert', `${name}.crt`, '--key', `${name}.key`];
    await curl(['-k', ...files, `https://127.0.0.1:${gateway.port}/hello`], { cwd: certificates });
  }
  const browser = await startBrowser(t);
  const { page, assertClean } = await openPage(t, browser, { reducedMotion: 'reduce' });

  await t.test('the way in', async () => {
    await page.goto(gateway.admin);
    await page.getByLabel('Token', { exact: true }).waitFor();
    await assertAccessible(page, 'login');
    await logIn(page, gateway);
  });

  for (const { name, open } of await screensOf(page, gateway.admin, certificates)) {
    await t.test(name, async () => {
      await page.setViewportSize({ width: 1280, height: 900 });
      await open();
      await assertAccessible(page, name);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(wide) <= 0, `${name} at ${width} px is ${String(wide)} px too wide`);
      }
    });
  }

  await t.test('a certificate is opened, and one begun, by keyboard alone', async () => {
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${gateway.admin}/#/`);
    await page.reload();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await tabTo(page, 'SSL certificates');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'SSL certificates' }).waitFor();
    await tabTo(page, '+ Add SSL certificate');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Peer verification');
    await page.keyboard.press('Space');
    await page.getByLabel('CA certificate', { exact: true }).waitFor();
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press('Tab');
      const isWithin = await page.evaluate(
        "document.activeElement === document.body || document.activeElement.closest('dialog') !== null",
      );
      assert.equal(isWithin, true, 'the focus left the dialog');
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await focusComesTo(page, '+ Add SSL certificate');
    assertClean();
  });
});

interface Screen {
  readonly name: string;
  readonly open: () => Promise<void>;
}

async function screensOf(page: Page, admin: string, certificates: string): Promise<Screen[]> {
  const client = await readFile(`${certificates}/client.crt`, 'utf8');
  const screen = (
    name: string,
    hash: string,
    shown: string,
    more?: () => Promise<void>,
  ): Screen => ({
    name,
    open: async () => {
      await page.goto(`${admin}/#/${hash}`);
      await page.getByText(shown).first().waitFor();
      await more?.();
    },
  });
  return [
    screen('overview', '', 'Refusals by cause'),
    screen('certificates', 'certificates', '364 days left'),
    screen('adding a certificate', 'certificates', '364 days left', async () => {
      await page.getByRole('button', { name: '+ Add SSL certificate' }).click();
      await page
        .getByLabel('Upload: Certificate', { exact: true })
        .setInputFiles(`${certificates}/server.crt`);
      await page.getByRole('switch', { name: 'Peer verification' }).check();
      await page.getByText('More settings').click();
    }),
    screen('handshakes', 'handshakes', 'CN=expired'),
    screen('a handshake', 'handshakes', 'CN=expired', async () => {
      await page.getByRole('row').filter({ hasText: 'CN=expired' }).getByRole('link').click();
      await page.getByText('What mends it').waitFor();
    }),
    screen('a certificate', 'certificates', '364 days left', async () => {
      await page.getByRole('row').nth(1).getByRole('link').click();
      await page.getByText('Clients come from').waitFor();
    }),
    screen('the authority', 'authority', 'email:alice@example.com'),
    screen('tokens', 'authority/tokens', 'carol'),
    screen('issuing', 'authority/issue', 'Email addresses', async () => {
      await page.getByLabel('Name', { exact: true }).fill('x'.repeat(100));
      await page.getByText('PKCS#12', { exact: true }).click();
      await page.getByText('More names').click();
      await page.getByText('One thing stands against it').waitFor();
    }),
    screen('making a token', 'authority/token', 'Email addresses', async () => {
      await page.getByLabel('Name', { exact: true }).fill('dave');
      await page
        .getByLabel('Where the machine reaches enrolment')
        .fill(`https://${'ca.'.repeat(60)}example.com:9444`);
      await page.getByRole('button', { name: 'Make token' }).click();
      await page.getByText('Run this on the machine').waitFor();
    }),
    screen('an issued certificate', 'authority', 'email:alice@example.com', async () => {
      await page.getByRole('link', { name: 'CN=alice@example.com' }).click();
      await page.getByRole('button', { name: 'Revoke' }).click();
      await page.getByText('It has no live connections.').waitFor();
    }),
    screen('clients', 'clients', 'Ready to enforce?'),
    screen('explain', 'explain', 'Certificate of the client', async () => {
      await page.getByLabel('Certificate of the client', { exact: true }).fill(client);
      await page.getByRole('button', { name: 'Explain' }).click();
      await page.getByRole('heading', { name: 'Rule by rule' }).waitFor();
    }),
    screen('routes and users', 'access', 'CN=example.com,OU=CNCF'),
  ];
}

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** In both themes. */
async function assertAccessible(page: Page, name: string): Promise<void> {
  await page.evaluate(`globalThis.axe === undefined && (() => { ${AXE} })()`);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<AxeResults>(
      "axe.run({ resultTypes: ['violations'], elementRef: false })",
    );
    const told = violations.map(({ id, nodes }) => [
      id,
      ...nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`),
    ]);
    assert.deepEqual(told, [], `${name}, ${colorScheme}`);
  }
}
