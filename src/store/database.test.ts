import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DatabaseError, type DatabaseOptions, openDatabase } from './database.ts';

const dir = mkdtempSync(join(tmpdir(), 'countersign-database-'));
after(() => rmSync(dir, { recursive: true }));

const first: DatabaseOptions = {
  steps: ['CREATE TABLE a (x INTEGER) STRICT'],
  durability: 'full',
};
const second: DatabaseOptions = {
  ...first,
  steps: [...first.steps, 'ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7'],
};

test('a new file and its folder are for their owner alone, whatever SQLite puts beside it', () => {
  const path = join(dir, 'new', 'x.db');
  const database = openDatabase(path, first);
  database.exec('INSERT INTO a VALUES (1)');
  assert.equal(statSync(join(dir, 'new')).mode & 0o777, 0o700);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  database.close();
});

test('each write is on the disk before its call returns where that was asked for', () => {
  const database = openDatabase(join(dir, 'full.db'), first);
  assert.equal(database.prepare('PRAGMA synchronous').get()?.['synchronous'], 2);
  assert.equal(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
  database.close();
});

test('an older file is brought up to date and keeps what it holds', () => {
  const path = join(dir, 'old.db');
  const old = openDatabase(path, first);
  old.exec('INSERT INTO a VALUES (1)');
  old.close();
  const database = openDatabase(path, second);
  assert.deepEqual({ ...database.prepare('SELECT x, y FROM a').get() }, { x: 1, y: 7 });
  database.close();
});

test('a newer file is refused and not touched', () => {
  const path = join(dir, 'newer.db');
  openDatabase(path, second).close();
  assert.throws(
    () => openDatabase(path, first),
    (error) => error instanceof DatabaseError && error.code === 'newer',
  );
});

test('a step that fails leaves the file as it was', () => {
  const path = join(dir, 'step.db');
  openDatabase(path, first).close();
  assert.throws(() => openDatabase(path, { ...second, steps: [...second.steps, 'NONSENSE'] }));
  openDatabase(path, first).close();
});

test('what is no database is refused', () => {
  const path = join(dir, 'text.db');
  writeFileSync(path, 'hello '.repeat(1000));
  assert.throws(
    () => openDatabase(path, first),
    (error) => error instanceof DatabaseError && error.code === 'damaged',
  );
});

test('two processes may have it open: one sees what the other wrote', () => {
  const path = join(dir, 'shared.db');
  const [one, other] = [openDatabase(path, first), openDatabase(path, first)];
  one.exec('INSERT INTO a VALUES (3)');
  assert.equal(other.prepare('SELECT x FROM a').get()?.['x'], 3);
  one.close();
  other.close();
});
