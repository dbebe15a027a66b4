import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { FileExistsError, writeFileSet } from './file-set.ts';

function folder(): Promise<string> {
  return temporaryFolder({ after });
}

test('writes every file with its mode, makes folders for the owner alone, leaves nothing else', async () => {
  const root = await folder();
  await writeFileSet(
    [
      { path: join(root, 'a/b/x.key'), contents: 'key', mode: 0o600 },
      { path: join(root, 'a/b/x.crt'), contents: Buffer.from('crt'), mode: 0o644 },
    ],
    'refuse',
  );
  assert.deepEqual(readdirSync(join(root, 'a/b')).toSorted(), ['x.crt', 'x.key']);
  assert.equal(readFileSync(join(root, 'a/b/x.key'), 'utf8'), 'key');
  assert.equal(statSync(join(root, 'a/b/x.key')).mode & 0o777, 0o600);
  assert.equal(statSync(join(root, 'a/b/x.crt')).mode & 0o777, 0o644);
  assert.equal(statSync(join(root, 'a')).mode & 0o777, 0o700);
});

test('the umask changes no mode', async () => {
  const root = await folder();
  const before = process.umask(0o077);
  try {
    await writeFileSet([{ path: join(root, 'x'), contents: '', mode: 0o644 }], 'refuse');
  } finally {
    process.umask(before);
  }
  assert.equal(statSync(join(root, 'x')).mode & 0o777, 0o644);
});

test('refuses the whole set where one file exists', async () => {
  const root = await folder();
  writeFileSync(join(root, 'x.crt'), 'old');
  await assert.rejects(
    writeFileSet(
      [
        { path: join(root, 'x.key'), contents: 'new', mode: 0o600 },
        { path: join(root, 'x.crt'), contents: 'new', mode: 0o644 },
      ],
      'refuse',
    ),
    (error) => error instanceof FileExistsError && error.path === join(root, 'x.crt'),
  );
  assert.deepEqual(readdirSync(root), ['x.crt']);
  assert.equal(readFileSync(join(root, 'x.crt'), 'utf8'), 'old');
});

test('replaces where told to', async () => {
  const root = await folder();
  writeFileSync(join(root, 'x.key'), 'old', { mode: 0o666 });
  await writeFileSet([{ path: join(root, 'x.key'), contents: 'new', mode: 0o600 }], 'replace');
  assert.equal(readFileSync(join(root, 'x.key'), 'utf8'), 'new');
  assert.equal(statSync(join(root, 'x.key')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(root), ['x.key']);
});

test('puts the old files back when a later one cannot be replaced', async () => {
  const root = await folder();
  writeFileSync(join(root, 'x.key'), 'old');
  mkdirSync(join(root, 'x.crt'));
  await assert.rejects(
    writeFileSet(
      [
        { path: join(root, 'x.key'), contents: 'new', mode: 0o600 },
        { path: join(root, 'y.key'), contents: 'new', mode: 0o600 },
        { path: join(root, 'x.crt'), contents: 'new', mode: 0o644 },
      ],
      'replace',
    ),
  );
  assert.deepEqual(readdirSync(root).toSorted(), ['x.crt', 'x.key']);
  assert.equal(readFileSync(join(root, 'x.key'), 'utf8'), 'old');
});

test('of many writers at once exactly one wins, and its pair is whole', async () => {
  const root = await folder();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, writer) =>
      writeFileSet(
        [
          { path: join(root, 'x.key'), contents: `${writer}`, mode: 0o600 },
          { path: join(root, 'x.crt'), contents: `${writer}`, mode: 0o644 },
        ],
        'refuse',
      ),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  assert.deepEqual(readdirSync(root).toSorted(), ['x.crt', 'x.key']);
  assert.equal(
    readFileSync(join(root, 'x.key'), 'utf8'),
    readFileSync(join(root, 'x.crt'), 'utf8'),
  );
});
