// The dashboard by keyboard alone.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Presses Tab until what has this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await nameOfFocus(page)) === name) return;
  }
  assert.fail(`Tab never comes to ${name}`);
}

/** What has the focus, as a screen reader calls it. */
export async function nameOfFocus(page: Page): Promise<string> {
  const name = await page.evaluate(
    "document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent",
  );
  return String(name).trim();
}
