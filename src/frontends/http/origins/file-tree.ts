import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';

/** An open file or directory inside the tree; whoever has it closes `fd`. */
export interface OpenedEntry {
  readonly fd: number;
  readonly kind: 'file' | 'directory';
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, with their fraction. */
  readonly modifiedMs: number;
}

/** Why nothing was opened. What lies outside the tree, and what is neither file nor directory, is missing. */
export type OpenFailure = 'missing' | 'forbidden' | 'busy' | 'failed';

/**
 * The files below a directory. Nothing outside it can be opened, whatever symbolic links point there:
 * it is the opened file's own path that is compared, so that a link swapped in between changes nothing.
 * The directory itself may be a link, and may be pointed elsewhere at any time.
 *
 * Opening is synchronous, as in nginx: a name in the kernel's cache costs less than handing it to a
 * thread would.
 */
export class FileTree {
  readonly #root: string;
  #realRoot: string | null = null;

  /** `root` is absolute. It need not exist yet. */
  constructor(root: string) {
    this.#root = root.endsWith('/') ? root.slice(0, -1) : root;
  }

  /** Opens `path`, which begins with a slash, below the root. Doesn't block on pipes. */
  open(path: string): OpenedEntry | OpenFailure {
    const name = `${this.#root}${path}`;
    let fd: number;
    try {
      fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      return failureOf(error);
    }
    try {
      const stat = fstatSync(fd);
      const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : null;
      if (kind !== null && this.#contains(realPath(fd, name, stat))) {
        return { fd, kind, size: stat.size, modifiedMs: stat.mtimeMs };
      }
    } catch (error) {
      closeSync(fd);
      return failureOf(error);
    }
    closeSync(fd);
    return 'missing';
  }

  #contains(real: string): boolean {
    if (this.#realRoot !== null && isBelow(real, this.#realRoot)) return true;
    this.#realRoot = realpathSync.native(this.#root === '' ? '/' : this.#root);
    return isBelow(real, this.#realRoot);
  }
}

const hasDescriptorLinks = process.platform === 'linux' && existsSync('/proc/self/fd');

function isBelow(path: string, root: string): boolean {
  return path === root || root === '/' || (path.startsWith(root) && path[root.length] === '/');
}

/** Where an open file lies, without links. Empty where that can't be told. */
function realPath(fd: number, name: string, stat: Stats): string {
  if (hasDescriptorLinks) return readlinkSync(`/proc/self/fd/${fd}`);
  const real = realpathSync.native(name);
  const named = statSync(real);
  return named.ino === stat.ino && named.dev === stat.dev ? real : '';
}

function failureOf(error: unknown): OpenFailure {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    case 'ELOOP':
    case 'ENXIO':
    case 'ENODEV':
    case 'ERR_INVALID_ARG_VALUE':
      return 'missing';
    case 'EACCES':
    case 'EPERM':
      return 'forbidden';
    case 'EMFILE':
    case 'ENFILE':
      return 'busy';
    default:
      return 'failed';
  }
}
