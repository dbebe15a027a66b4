import { closeSync } from 'node:fs';
import type { FileTree, OpenedEntry, OpenFailure } from './file-tree.ts';

/** What a path leads to in a tree of files. */
export type FileMatch =
  /** `path` is the file's, with a slash in front; whoever has the match closes `entry.fd`. */
  | { readonly kind: 'file'; readonly path: string; readonly entry: OpenedEntry }
  /** A directory was asked for without its trailing slash. */
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'status'; readonly status: number };

/**
 * Looks a path up as nginx's `try_files` does: each entry but the last is tested, as a directory where
 * it ends in a slash, else as a file; the last is served unless it is a status (`=404`). `$uri` stands
 * for the path. A directory is answered by the first of its `index` files, and by 403 where it has none.
 */
export class TryFiles {
  readonly #tree: FileTree;
  readonly #candidates: readonly Candidate[];
  readonly #index: readonly string[];
  readonly #otherwise: number;

  /** `entries` empty: `$uri`, `$uri/`, `=404`. */
  constructor(tree: FileTree, entries: readonly string[], index: readonly string[]) {
    const list = entries.length === 0 ? DEFAULT_ENTRIES : entries;
    const status = /^=(\d{3})$/.exec(list.at(-1) ?? '')?.[1];
    const tested = status === undefined ? list : list.slice(0, -1);
    this.#tree = tree;
    this.#candidates = tested.map((entry, place) => candidate(entry, place === list.length - 1));
    this.#index = index;
    this.#otherwise = status === undefined ? 404 : Number(status);
  }

  /** `path` is canonical, its slashes merged. */
  find(path: string): FileMatch {
    for (const { before, after, wants } of this.#candidates) {
      const name = before === null ? after : `${before}${path}${after}`;
      const opened = this.#tree.open(name);
      if (typeof opened === 'string') {
        if (opened !== 'missing') return { kind: 'status', status: STATUS_OF[opened] };
      } else if (opened.kind === 'file') {
        if (wants !== 'directory') return { kind: 'file', path: name, entry: opened };
        closeSync(opened.fd);
      } else {
        closeSync(opened.fd);
        if (wants !== 'file') return this.#findIndex(name);
      }
    }
    return { kind: 'status', status: this.#otherwise };
  }

  #findIndex(directory: string): FileMatch {
    if (!directory.endsWith('/')) return { kind: 'redirect', path: `${directory}/` };
    for (const file of this.#index) {
      const path = `${directory}${file}`;
      const opened = this.#tree.open(path);
      if (typeof opened === 'string') {
        if (opened !== 'missing') return { kind: 'status', status: STATUS_OF[opened] };
      } else if (opened.kind === 'file') return { kind: 'file', path, entry: opened };
      else closeSync(opened.fd);
    }
    return { kind: 'status', status: 403 };
  }
}

const DEFAULT_ENTRIES = ['$uri', '$uri/', '=404'];

const STATUS_OF: Record<Exclude<OpenFailure, 'missing'>, number> = {
  forbidden: 403,
  busy: 503,
  failed: 500,
};

interface Candidate {
  /** What stands before the path; null: the path doesn't occur, `after` is the whole name. */
  readonly before: string | null;
  readonly after: string;
  readonly wants: 'file' | 'directory' | 'any';
}

function candidate(entry: string, isLast: boolean): Candidate {
  const wantsDirectory = entry.endsWith('/');
  const [text = ''] = (wantsDirectory ? entry.slice(0, -1) : entry).split('?');
  const place = text.indexOf('$uri');
  const name = text.startsWith('/') || place === 0 ? text : `/${text}`;
  const at = name.indexOf('$uri');
  const wants = isLast ? 'any' : wantsDirectory ? 'directory' : 'file';
  if (at < 0) return { before: null, after: isLast && wantsDirectory ? `${name}/` : name, wants };
  return { before: name.slice(0, at), after: name.slice(at + '$uri'.length), wants };
}
