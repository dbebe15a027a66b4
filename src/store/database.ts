import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DatabaseOptions {
  /**
   * The tables, step by step: each text takes a file that has all before it one version on. A step that
   * was published never changes.
   */
  readonly steps: readonly string[];
  /**
   * `full`: what was written is on the disk before the call returns, and survives the machine's end.
   * `normal`: it survives the process's end.
   */
  readonly durability: 'full' | 'normal';
}

/** Why a database file can't be used. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: 'newer' | 'damaged';

  constructor(code: 'newer' | 'damaged', message: string) {
    super(message);
    this.code = code;
  }
}

/** How long a writer waits for another process's, milliseconds. */
const BUSY_MS = 10_000;

/**
 * Opens the SQLite file at `path`, made with mode 0600 (and its folder with 0700) where there is none,
 * and brings its tables up to date. Several processes may have it open. Throws DatabaseError `newer`
 * for a file of a later version and `damaged` for one that is no database, and what the file system
 * throws.
 */
export function openDatabase(path: string, options: DatabaseOptions): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  // SQLite gives its journal files the mode of the database.
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${options.durability}`);
    bringUpToDate(database, path, options.steps);
  } catch (error) {
    database.close();
    if (isDamage(error)) {
      throw new DatabaseError('damaged', `${path} is no database; restore it from a backup`);
    }
    throw error;
  }
  return database;
}

function bringUpToDate(database: DatabaseSync, path: string, steps: readonly string[]): void {
  if (versionOf(database) === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(database);
    if (version > steps.length) {
      throw new DatabaseError('newer', `${path} was written by a newer version; update this one`);
    }
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** SQLITE_NOTADB or SQLITE_CORRUPT. */
function isDamage(error: unknown): boolean {
  return (
    error instanceof Error && 'errcode' in error && (error.errcode === 26 || error.errcode === 11)
  );
}
