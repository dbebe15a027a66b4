// What a browser has to fetch for the dashboard, as `npm run build` made it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const FOLDER = join(import.meta.dirname, '../../web/dist');
const MOST_BYTES = 120_000;

const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

test('the dashboard is less than 120 kB, gzipped, all of it together', () => {
  const sizes = files.map((file) => gzipSync(readFileSync(file)).length);
  const sum = sizes.reduce((total, size) => total + size, 0);
  assert.ok(sum > 10_000, 'it was not built: npm run build');
  assert.ok(sum < MOST_BYTES, `${sum} bytes`);
});

test('its page holds no script and no style of its own', () => {
  const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  assert.doesNotMatch(html, /<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|https?:/i);
});
