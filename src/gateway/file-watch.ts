import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Editors and certificate tools write several files; one look when they are done is enough. */
const SETTLE_MS = 200;
/** For file systems that report nothing (NFS) and folders that were replaced. */
const POLL_MS = 60_000;
/** File systems round their time stamps down, by the length of a kernel's tick. */
const TIMESTAMP_GRAIN_MS = 20;
/** Files looked at in one go, which takes a millisecond: connections do not wait longer for it. */
const SLICE = 200;

/**
 * Calls `changed` when one of the files was written, replaced by a rename, removed, or came to be,
 * also where a folder or link on the way to it changed. Folders are watched, not files: a rename
 * over a file ends a watch on it.
 */
export class FileWatch {
  readonly #changed: () => void;
  #files: readonly string[] = [];
  #readAt = 0;
  /** A state of each file, in order; null: nobody has looked yet. */
  #states: readonly string[] | null = null;
  #watchers = new Map<string, FSWatcher>();
  #settling: NodeJS.Timeout | null = null;
  #look: Look | null = null;
  readonly #poll: NodeJS.Timeout;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#poll = setInterval(() => this.#startLook(), POLL_MS).unref();
  }

  /**
   * Watches these files (absolute paths) from now on, and no others. `readAt`, milliseconds since the
   * epoch, is when reading them began: one that has changed since then counts as changed.
   */
  watch(files: readonly string[], readAt: number): void {
    this.#files = files;
    this.#readAt = readAt;
    this.#states = null;
    const folders = new Set(files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) this.#watchFolder(folder);
    this.#startLook();
  }

  close(): void {
    clearInterval(this.#poll);
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#look?.stop();
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
    this.#settling = setTimeout(() => this.#startLook(), SETTLE_MS).unref();
  }

  /** One that is under way starts over: what it has looked at may have changed. */
  #startLook(): void {
    this.#settling = null;
    this.#look?.stop();
    this.#look = new Look(this.#files, (states) => this.#looked(states));
  }

  #looked(states: readonly State[]): void {
    this.#look = null;
    const before = this.#states;
    this.#states = states.map(({ text }) => text);
    if (before === null) {
      const limit = this.#readAt - TIMESTAMP_GRAIN_MS;
      if (!states.some(({ changedAt }) => changedAt > limit)) return;
      // What follows a change at once belongs to it.
      this.#states = null;
      this.#readAt = Number.POSITIVE_INFINITY;
      this.#settleThenTell();
    } else if (states.some(({ text }, index) => text !== before[index])) {
      this.#changed();
    }
  }
}
