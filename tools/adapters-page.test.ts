import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adaptersPage } from './adapters-page.ts';

test('docs/adapters.md is what the adapters go by; tools/write-adapters-page.ts writes it anew', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/adapters.md'), 'utf8');
  assert.equal(page, adaptersPage());
});
