import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** One file of a set that is written together. */
export interface PlannedFile {
  readonly path: string;
  readonly contents: string | Uint8Array;
  /** Permission bits, such as 0o600. The process's umask does not widen or narrow them. */
  readonly mode: number;
}

/** What happens where a file of the set exists already. */
export type ExistingFiles = 'refuse' | 'replace';

/** A file that was to be written stands there already. Nothing was changed. */
export class FileExistsError extends Error {
  override readonly name = 'FileExistsError';
  readonly path: string;

  constructor(path: string) {
    super(`${path} exists already`);
    this.path = path;
  }
}

/**
 * Writes all files of a set or none: each goes to a temporary file beside its place and to the disk
 * (fsync) before the first one appears under its name, in the order given. With `refuse`, a name that
 * is taken by then throws FileExistsError, even where another process took it a moment ago. When a
 * step fails, what was there before is put back. Folders that are missing are made with mode 0700.
 */
export async function writeFileSet(
  files: readonly PlannedFile[],
  existing: ExistingFiles,
): Promise<void> {
  const staged: StagedFile[] = [];
  const placed: StagedFile[] = [];
  try {
    for (const file of files) staged.push(await stage(file));
    for (const file of staged) {
      await place(file, existing);
      placed.push(file);
    }
  } catch (error) {
    for (const file of placed.toReversed()) await takeBack(file);
    throw error;
  } finally {
    for (const file of staged) {
      await rm(file.temporary, { force: true });
      await rm(file.backup, { force: true });
    }
  }
  for (const folder of new Set(files.map((file) => dirname(file.path)))) await syncFolder(folder);
}

/**
 * Throws FileExistsError where one of these files is there by now. For what can't be taken back before the files
 * are written; writing them refuses as well.
 */
export async function refuseExistingFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isThere = await lstat(path).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
        throw error;
      },
    );
    if (isThere) throw new FileExistsError(path);
  }
}

interface StagedFile {
  readonly path: string;
  readonly temporary: string;
  /** Keeps what stood at `path` until the whole set is in place. */
  readonly backup: string;
  replaced: boolean;
}

async function stage(file: PlannedFile): Promise<StagedFile> {
  const folder = dirname(file.path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const stem = join(
    folder,
    `.${basename(file.path).slice(0, 100)}.${randomBytes(6).toString('hex')}`,
  );
  const staged = {
    path: file.path,
    temporary: `${stem}.tmp`,
    backup: `${stem}.old`,
    replaced: false,
  };
  const handle = await open(staged.temporary, 'wx', 0o600);
  try {
    await writeThrough(handle, file);
  } catch (error) {
    await rm(staged.temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return staged;
}

async function writeThrough(handle: FileHandle, file: PlannedFile): Promise<void> {
  await handle.writeFile(file.contents);
  await handle.chmod(file.mode);
  await handle.sync();
}

async function place(file: StagedFile, existing: ExistingFiles): Promise<void> {
  if (existing === 'refuse') {
    // A hard link, unlike rename, never replaces what another process put there meanwhile.
    await link(file.temporary, file.path).catch((error: unknown) => {
      throw codeOf(error) === 'EEXIST' ? new FileExistsError(file.path) : error;
    });
    return;
  }
  try {
    await link(file.path, file.backup);
    file.replaced = true;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  await rename(file.temporary, file.path);
}

async function takeBack(file: StagedFile): Promise<void> {
  if (file.replaced) await rename(file.backup, file.path);
  else await rm(file.path, { force: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
