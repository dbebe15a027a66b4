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
  /** Tells two states of the files apart; null: nobody has looked yet. */
  #signature: string | null = null;
  /** The last state that was told of because it was younger than the reading. */
  #told = '';
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
    this.#signature = null;
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
    this.#later(() => this.#startLook());
  }

  /** One thing at a time waits for the files to settle. */
  #later(act: () => void): void {
    if (this.#settling !== null) clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#settling = null;
      act();
    }, SETTLE_MS).unref();
  }

  /** One that is under way starts over: what it has looked at may have changed. */
  #startLook(): void {
    this.#look?.stop();
    this.#look = new Look(this.#files, (signature, changedAt) => this.#seen(signature, changedAt));
  }

  #seen(signature: string, changedAt: number): void {
    this.#look = null;
    const before = this.#signature;
    if (before === null) {
      const isYoung = changedAt > this.#readAt - TIMESTAMP_GRAIN_MS;
      // A file of the future, by a clock that was set back, is told of once.
      if (!isYoung || signature === this.#told) this.#signature = signature;
      else this.#later(() => this.#tell(signature));
    } else if (signature !== before) {
      this.#signature = signature;
      this.#changed();
    }
  }

  #tell(signature: string): void {
    this.#signature = signature;
    this.#told = signature;
    this.#changed();
  }
}

/** Looks at files, some at a time, without reading them; links are followed. */
class Look {
  readonly #files: readonly string[];
  readonly #done: (signature: string, changedAt: number) => void;
  #next = 0;
  #signature = '';
  #changedAt = 0;
  #slice: NodeJS.Immediate;

  /** `changedAt`: when the youngest of the files changed, milliseconds since the epoch. */
  constructor(files: readonly string[], done: (signature: string, changedAt: number) => void) {
    this.#files = files;
    this.#done = done;
    this.#slice = setImmediate(() => this.#lookOn());
  }

  stop(): void {
    clearImmediate(this.#slice);
  }

  #lookOn(): void {
    const end = Math.min(this.#files.length, this.#next + SLICE);
    for (; this.#next < end; this.#next++) this.#lookAt(this.#files[this.#next]);
    if (end < this.#files.length) this.#slice = setImmediate(() => this.#lookOn());
    else this.#done(this.#signature, this.#changedAt);
  }

  #lookAt(file: string): void {
    const stat = statSync(file, STAT_OPTIONS);
    if (stat === undefined) {
      this.#signature += '- ';
      // When it went away is known by its folder, or by the one that this was in.
      const folder = dirname(file);
      const left = statSync(folder, STAT_OPTIONS) ?? statSync(dirname(folder), STAT_OPTIONS);
      this.#changedAt = Math.max(this.#changedAt, Number(left?.ctimeMs ?? 0));
      return;
    }
    this.#signature += `${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs} `;
    this.#changedAt = Math.max(this.#changedAt, Number(stat.ctimeMs));
  }
}

const STAT_OPTIONS = { throwIfNoEntry: false, bigint: true } as const;
