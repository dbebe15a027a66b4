// The page of a refused handshake: its chain as it was presented, with the certificate at fault marked,
// and what mends it in the language that is chosen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import {
  findHandshake,
  present,
  presentedCases,
  writePresentedChains,
} from '../support/presented-chains.ts';
import { needs } from '../support/programs.ts';
import { scenarioCertificates } from '../support/scenario-certificates.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

test(
  'the chain of a refused client is drawn as it was presented',
  needs('chromium', 'curl', 'openssl'),
  async (t) => {
    const web = await scenarioCertificates('webServer');
    const clients = await temporaryFolder(t);
    await writePresentedChains(clients);
    const gateway = await startApiGateway(
      t,
      (port) => `
listeners:
  - listen: 127.0.0.1:${port}
    protocol: https
    tls: { cert_file: ${web}/server.crt, key_file: ${web}/server.key, ca_file: ${clients}/root.crt, verify: true }
    upstream: 'echo:'
workers: 1
`,
    );
    const browser = await startBrowser(t);
    const { page, assertClean } = await openPage(t, browser);
    await logIn(page, gateway);
    const links = page.locator('.chain-link');

    for (const { name, cause, chain, fault } of presentedCases) {
      await t.test(`${chain.join(', ')}: ${fault} is marked`, async () => {
        const from = new Date().toISOString();
        await present(clients, gateway.port, name);
        const { id } = await findHandshake(gateway.api, `finding=${cause}&from=${from}`);
        await page.goto(`${gateway.admin}/#/handshakes/${String(id)}`);
        await page.getByRole('heading', { name: String(id) }).waitFor();
        await links.first().waitFor();
        const subjects = await links.locator('.chain-subject').allTextContents();
        assert.deepEqual(
          subjects,
          chain.map((common) => `CN=${common}`),
        );
        const marked = await links.filter({ has: page.locator('.chain-fault') }).all();
        assert.equal(marked.length, 1);
        assert.equal(await marked[0]?.locator('.chain-subject').textContent(), `CN=${fault}`);
        const misplaced = await page.getByText('did not issue the one above').count();
        assert.equal(misplaced, name === 'wrong' ? 2 : name === 'purpose' ? 1 : 0);
        const missing = page.getByText('Not sent, though it should follow here: CN=Issuing CA');
        assert.equal(await missing.count(), chain[0] === 'leaf' ? 1 : 0);
      });
    }

    await t.test('what mends it is told in the language that is switched to', async () => {
      const detail = page.locator('.finding').first();
      assert.match((await detail.textContent()) ?? '', /What mends it/);
      await page.getByRole('button', { name: '中文' }).click();
      await detail.getByText('解决办法').waitFor();
      await detail.getByText('一张证书无权签发证书').waitFor();
      assert.doesNotMatch((await detail.textContent()) ?? '', / is not allowed /);
      await page.getByRole('button', { name: 'English' }).click();
      await detail.getByText('is not allowed to issue any').waitFor();
      assertClean();
    });
  },
);
