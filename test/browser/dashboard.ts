// The dashboard of a running gateway, in Debian's Chromium.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { ApiGateway } from '../support/api-gateway.ts';
import { programPath } from '../support/programs.ts';

/** A busy machine takes its time; nothing is asserted on it. */
const PATIENCE_MS = 30_000;

/** A browser without profile, closed with the test. */
export async function startBrowser(t: Pick<TestContext, 'after'>): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: programPath('chromium'),
    args: ['--no-sandbox'],
  });
  t.after(() => browser.close());
  return browser;
}

/** What a page must never do: break the content security policy, throw, or reach for another server. */
export interface WatchedPage {
  readonly page: Page;
  /** Fails where it did. */
  readonly assertClean: () => void;
}

/** An empty page of a browser that knows nothing yet. */
export async function openPage(
  t: Pick<TestContext, 'after'>,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  t.after(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  const faults: string[] = [];
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error.stack)));
  page.on('console', (message) => {
    // The browser itself tells of answers such as 401, which the page expects.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== 'data:' && hostname !== '127.0.0.1') faults.push(`asked ${request.url()}`);
  });
  return { page, assertClean: () => assert.deepEqual(faults, []) };
}

/** The token as a user finds it. */
export async function readToken({ folder }: Pick<ApiGateway, 'folder'>): Promise<string> {
  return (await readFile(join(folder, '.countersign/admin.token'), 'utf8')).trim();
}

/** Opens the dashboard and logs in by the token; `login`: the words of the page for it. */
export async function logIn(
  page: Page,
  gateway: Pick<ApiGateway, 'admin' | 'folder'>,
  login: { readonly token: string; readonly enter: string } = { token: 'Token', enter: 'Log in' },
): Promise<void> {
  await page.goto(gateway.admin);
  await page.getByLabel(login.token, { exact: true }).fill(await readToken(gateway));
  await page.getByRole('button', { name: login.enter, exact: true }).click();
  await page.getByRole('navigation').waitFor({ state: 'attached' });
}
