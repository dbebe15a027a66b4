// The dashboard by keyboard alone.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Waits for the focus to come to what has this name, as it does a moment after a dialog is gone. */
export async function focusComesTo(page: Page, name: string): Promise<void> {
  for (let looks = 0; looks < 100; looks++) {
    if ((await nameOfFocus(page)) === name) return;
    await page.waitForTimeout(50);
  }
  assert.fail(`The focus never comes to ${name}, but is on ${await nameOfFocus(page)}`);
}

/** Presses Tab until what has this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if ((await nameOfFocus(page)) === name) return;
  }
  assert.fail(`Tab never comes to ${name}`);
}

/** What has the focus, as a screen reader calls it. */
async function nameOfFocus(page: Page): Promise<string> {
  const name = await page.evaluate(
    "document.activeElement.getAttribute('aria-label') ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent",
  );
  return String(name).trim();
}
