// Who gets into the dashboard, and what another site's page can do with a browser that is in it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { startApiGateway } from '../support/api-gateway.ts';
import { needs } from '../support/programs.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

test('the dashboard lets in who has the token', needs('chromium', 'curl'), async (t) => {
  const gateway = await startApiGateway(
    t,
    (port) => `
listeners: [{ listen: '127.0.0.1:${port}', upstream: 'echo:' }]
workers: 1
`,
  );
  const browser = await startBrowser(t);

  await t.test(
    'a wrong token is told at its field, the right one opens the overview',
    async (t2) => {
      const { page, assertClean } = await openPage(t2, browser);
      await page.goto(gateway.admin);
      const field = page.getByLabel('Token', { exact: true });
      for (const wrong of ['wrong', '错误的']) {
        await field.fill(wrong);
        await field.press('Enter');
        await page.getByRole('alert').getByText('This is not the token.').waitFor();
        assert.equal(await field.getAttribute('aria-invalid'), 'true');
        await page.reload();
      }
      await logIn(page, gateway);
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      assertClean();
    },
  );

  await t.test('the session outlives the page, no script can read it, and it ends', async (t2) => {
    const { page, assertClean } = await openPage(t2, browser);
    await logIn(page, gateway);
    await page.goto(`${gateway.admin}/#/certificates`);
    await page.reload();
    await page.getByRole('heading', { name: 'SSL certificates' }).waitFor();
    assert.equal(await page.evaluate('document.cookie'), '');
    assert.equal(await page.evaluate('JSON.stringify(localStorage)'), '{}');
    const [cookie] = await page.context().cookies();
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Strict');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token', { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel('Token', { exact: true }).waitFor();
    assertClean();
  });

  await t.test(
    'a page of another site changes nothing, with the session in the same browser',
    async (t2) => {
      const { page } = await openPage(t2, browser);
      await logIn(page, gateway);
      await page.goto(await startForeignSite(t2, gateway.admin));
      const outcome = await page.evaluate(async (admin) => {
        const answers: string[] = [];
        const send = async (path: string, init: RequestInit): Promise<void> => {
          try {
            answers.push(
              String((await fetch(admin + path, { credentials: 'include', ...init })).status),
            );
          } catch {
            answers.push('blocked');
          }
        };
        await send('/v1/certificates', {});
        await send('/v1/certificates', { method: 'POST', body: '{}' });
        await send('/v1/session', { method: 'DELETE' });
        return answers;
      }, gateway.admin);
      assert.deepEqual(outcome, ['blocked', 'blocked', 'blocked']);
      const sent = page.waitForResponse((response) => response.url().startsWith(gateway.admin));
      await page.getByRole('button').click();
      assert.equal((await sent).status(), 403);
      await page.goto(gateway.admin);
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
    },
  );

  await t.test('no other page can frame it', async (t2) => {
    const { page } = await openPage(t2, browser);
    await page.goto(await startForeignSite(t2, gateway.admin));
    const refusing = page.waitForEvent('console', (message) =>
      message.text().includes('frame-ancestors'),
    );
    await page.setContent(`<iframe src="${gateway.admin}"></iframe>`);
    assert.equal((await refusing).type(), 'error');
  });
});

/** A site at another address, with a form that is sent to the admin API. */
async function startForeignSite(
  t: { after(hook: () => void): void },
  admin: string,
): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="${admin}/v1/session"><button>send</button></form>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}
