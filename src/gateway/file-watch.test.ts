import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { FileWatch } from './file-watch.ts';

interface Watched {
  readonly folder: string;
  readonly watch: FileWatch;
  readonly told: () => number;
  /** Resolves when `changed` has been called this often; fails after 3 s. */
  readonly times: (count: number) => Promise<void>;
}

async function watched(t: TestContext): Promise<Watched> {
  const folder = await temporaryFolder(t, { a: 'one', b: 'one' });
  let told = 0;
  const watch = new FileWatch(() => told++);
  t.after(() => watch.close());
  const times = async (count: number): Promise<void> => {
    for (let waited = 0; told < count && waited < 60; waited++) await sleep(50);
    assert.equal(told, count);
  };
  return { folder, watch, told: () => told, times };
}

/** Longer than a change takes to be told of. */
const QUIET_MS = 500;

describe('a watch on files', () => {
  test('tells once of several files written one after the other', async (t) => {
    const { folder, watch, times } = await watched(t);
    await sleep(50);
    watch.watch([join(folder, 'a'), join(folder, 'b')], Date.now());
    await sleep(50);
    await writeFile(join(folder, 'a'), 'two');
    await sleep(50);
    await writeFile(join(folder, 'b'), 'two');
    await times(1);
    await sleep(QUIET_MS);
    await times(1);
  });

  test('tells of a file that is replaced, removed, and there again', async (t) => {
    const { folder, watch, times } = await watched(t);
    await sleep(50);
    watch.watch([join(folder, 'a')], Date.now());
    await writeFile(join(folder, 'new'), 'one');
    await rename(join(folder, 'new'), join(folder, 'a'));
    await times(1);
    await rm(join(folder, 'a'));
    await times(2);
    await writeFile(join(folder, 'a'), 'one');
    await times(3);
  });

  test('tells of a link on the way that points elsewhere', async (t) => {
    const { folder, watch, times } = await watched(t);
    for (const version of ['v1', 'v2']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'a'), 'same');
    }
    await symlink('v1', join(folder, 'current'));
    await symlink(join('current', 'a'), join(folder, 'link'));
    await sleep(50);
    watch.watch([join(folder, 'link')], Date.now());
    await sleep(50);
    await symlink('v2', join(folder, 'next'));
    await rename(join(folder, 'next'), join(folder, 'current'));
    await times(1);
  });

  test('does not tell of other files in the folder', async (t) => {
    const { folder, watch, told } = await watched(t);
    await sleep(50);
    watch.watch([join(folder, 'a')], Date.now());
    await writeFile(join(folder, 'b'), 'two');
    await sleep(QUIET_MS);
    assert.equal(told(), 0);
  });

  test('tells of what changed after reading began and before the watch', async (t) => {
    const { folder, watch, times } = await watched(t);
    const readAt = Date.now();
    await sleep(50);
    await writeFile(join(folder, 'a'), 'two');
    watch.watch([join(folder, 'a')], readAt);
    await times(1);
  });

  test('tells of what was removed after reading began and before the watch', async (t) => {
    const { folder, watch, times } = await watched(t);
    await sleep(50);
    const readAt = Date.now();
    await rm(join(folder, 'a'));
    watch.watch([join(folder, 'a'), join(folder, 'b')], readAt);
    await times(1);
    await sleep(QUIET_MS);
    await times(1);
  });

  test('tells once, not for ever, of a file that is younger than the clock', async (t) => {
    const { folder, watch, times } = await watched(t);
    const longAgo = Date.now() - 3_600_000;
    watch.watch([join(folder, 'a')], longAgo);
    await times(1);
    // As a reload does, whose clock still says the same.
    watch.watch([join(folder, 'a')], longAgo);
    await sleep(QUIET_MS);
    await times(1);
    await utimes(join(folder, 'a'), 1, 1);
    await times(2);
  });

  test('tells of one among thousands, changed while they are looked at', async (t) => {
    const { folder, watch, times } = await watched(t);
    const files = Array.from({ length: 5000 }, (_, index) => join(folder, `absent-${index}`));
    await sleep(50);
    watch.watch([join(folder, 'a'), ...files], Date.now());
    await new Promise(setImmediate);
    await writeFile(join(folder, 'a'), 'two');
    await times(1);
    await sleep(QUIET_MS);
    await times(1);
  });
});
