// The dashboard with ten thousand certificates and fifty thousand handshakes: what its lists hold, and how
// smoothly they scroll and turn their pages. Times are printed, and not judged.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { freePort } from '../support/free-port.ts';
import { startGateway } from '../support/gateway-process.ts';
import { issueMany, manyInYaml } from '../support/many-certificates.ts';
import { needs } from '../support/programs.ts';
import { recordHistory } from '../support/recorded-history.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { logIn, openPage, startBrowser } from './dashboard.ts';

const CERTIFICATES = 10_000;
const HANDSHAKES = 50_000;
const CLIENTS = 10_000;
const PAGE_SIZE = 50;

interface Smoothness {
  readonly frames: number;
  readonly worstFrameMs: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
}

const WATCH = `
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ entryTypes: ['longtask'] });
`;

/** Scrolls to the end and back in forty steps, a step a frame. */
const SCROLL = `new Promise((resolve) => {
  window.longTasks.length = 0;
  const height = document.documentElement.scrollHeight - innerHeight;
  const gaps = [];
  let step = 0;
  let last = performance.now();
  const next = (now) => {
    gaps.push(now - last);
    last = now;
    step += 1;
    scrollTo(0, height * (1 - Math.abs(1 - step / 20)));
    if (step < 40) return requestAnimationFrame(next);
    resolve({
      frames: gaps.length,
      worstFrameMs: Math.max(...gaps),
      longTasks: window.longTasks.length,
      longestTaskMs: Math.max(0, ...window.longTasks),
    });
  };
  requestAnimationFrame(next);
})`;

test('lists of many', needs('chromium', 'curl'), async (t) => {
  const folder = await temporaryFolder(t);
  await issueMany(folder, CERTIFICATES);
  const adminPort = await freePort();
  const path = join(folder, 'gateway.yaml');
  const admin = `127.0.0.1:${adminPort}`;
  await writeFile(
    path,
    `${manyInYaml(CERTIFICATES, await freePort(), 1)}admin: { listen: '${admin}' }\n`,
  );
  const state = join(folder, '.countersign');
  await mkdir(state, { mode: 0o700 });
  recordHistory(state, HANDSHAKES, CLIENTS);
  const gateway = await startGateway(t, ['run', path]);
  await gateway.waitForLog((line) => line['listener'] === 'admin');
  const browser = await startBrowser(t);
  const { page, assertClean } = await openPage(t, browser);
  await page.addInitScript(WATCH);
  await logIn(page, { folder, admin: `http://${admin}` });

  const lists = [
    ['certificates', CERTIFICATES],
    ['handshakes', HANDSHAKES],
    ['clients', CLIENTS],
  ] as const;
  for (const [name, total] of lists) {
    await t.test(name, async (sub) => {
      const shown = (text: string) => page.getByRole('status').filter({ hasText: text });
      const all = total.toLocaleString('en');
      const opened = performance.now();
      await page.goto(`http://${admin}/#/${name}`);
      await shown(all).waitFor();
      sub.diagnostic(`shown after ${Math.round(performance.now() - opened)} ms`);
      await look(page, sub);
      for (let turn = 0; turn < 5; turn++) {
        const turned = performance.now();
        await page.getByRole('button', { name: 'Next' }).click();
        const from = (turn + 1) * PAGE_SIZE + 1;
        await shown(`${from}–`).waitFor();
        sub.diagnostic(`next page after ${Math.round(performance.now() - turned)} ms`);
      }
      await look(page, sub);
    });
  }
  assertClean();
});

async function look(page: Page, t: { diagnostic: (text: string) => void }): Promise<void> {
  const rows = await page.getByRole('row').count();
  assert.ok(rows > 1 && rows <= PAGE_SIZE + 1, `${rows} rows`);
  const { frames, worstFrameMs, longTasks, longestTaskMs } =
    await page.evaluate<Smoothness>(SCROLL);
  t.diagnostic(
    `${rows} rows scrolled in ${frames} frames, the longest ${worstFrameMs.toFixed(0)} ms; ${longTasks} long tasks, the longest ${longestTaskMs.toFixed(0)} ms`,
  );
}
