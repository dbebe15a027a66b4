import assert from 'node:assert/strict';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openSealingKey } from './sealing-key.ts';
import { StateError } from './state-error.ts';

test('what is sealed opens with the same key, at its own place, unchanged', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'admin.key');
  const sealed = (await openSealingKey(path)).seal('secret', 'a');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const key = await openSealingKey(path);
  assert.equal(key.open(sealed, 'a'), 'secret');
  assert.ok(!sealed.includes('secret'));
  assert.throws(() => key.open(sealed, 'b'), StateError);
  assert.throws(() => key.open(sealed.subarray(0, 20), 'a'), StateError);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => key.open(changed, 'a'), StateError, `byte ${at}`);
  }
  const other = await openSealingKey(join(folder, 'other.key'));
  assert.throws(() => other.open(sealed, 'a'), StateError);
});

test('a key that others can read, or that is none, is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'admin.key');
  await openSealingKey(path);
  await chmod(path, 0o640);
  await assert.rejects(openSealingKey(path), /can be read by other users/);
  await writeFile(join(folder, 'none.key'), 'x', { mode: 0o600 });
  await assert.rejects(openSealingKey(join(folder, 'none.key')), /holds no key/);
});
