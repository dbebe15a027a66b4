import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Editors and certificate tools write several files; one look when they are done is enough. */
const SETTLE_MS = 200;
/** For file systems that report nothing (NFS) and folders that were replaced. */
const POLL_MS = 60_000;

/**
 * Calls `changed` when one of the files was written, replaced by a rename, removed, or came to be,
 * also where a folder or link on the way to it changed. Folders are watched, not files: a rename
 * over a file ends a watch on it.
 */
export class FileWatch {
  readonly #changed: () => void;
  #files: readonly string[] = [];
  #signature = '';
  #watchers = new Map<string, FSWatcher>();
  #settling: NodeJS.Timeout | null = null;
  readonly #poll: NodeJS.Timeout;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#poll = setInterval(() => this.#look(), POLL_MS).unref();
  }

  /**
   * Watches these files (absolute paths) from now on, and no others. `readAt`, milliseconds since the
   * epoch, is when reading them began: one that has changed since then counts as changed.
   */
  watch(files: readonly string[], readAt: number): void {
    this.#files = files;
    this.#signature = signatureOf(files);
    if (files.some((file) => hasChangedSince(file, readAt))) {
      this.#signature = '';
      this.#settle();
    }
    const folders = new Set(files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) this.#watchFolder(folder);
  }

  close(): void {
    clearInterval(this.#poll);
    if (this.#settling !== null) clearTimeout(this.#settling);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watchFolder(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#settle());
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // The folder is gone or can't be watched; the poll notices what happens to its files.
    }
  }

  #settle(): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#look(), SETTLE_MS).unref();
  }

  #look(): void {
    this.#settling = null;
    const signature = signatureOf(this.#files);
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.#changed();
  }
}

/** File systems round their time stamps down, by the length of a kernel's tick. */
const TIMESTAMP_GRAIN_MS = 20;

function hasChangedSince(file: string, at: number): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat !== undefined && stat.ctimeMs > at - TIMESTAMP_GRAIN_MS;
}

/** Tells two states of the files apart without reading them; links are followed. */
function signatureOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
      return stat === undefined ? '-' : `${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}`;
    })
    .join(' ');
}
