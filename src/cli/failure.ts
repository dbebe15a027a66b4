import { AuthorityError } from '../ca/authority-error.ts';
import { PASSPHRASE_VARIABLE } from './passphrase-variable.ts';
import { FileExistsError } from '../store/file-set.ts';

/** One line for an error that no command put into words: a system error by its meaning, or its message. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return `unexpected failure: ${String(error)}`;
  if (error instanceof FileExistsError) {
    return `${error.message}; use --force to replace it, or --out for another folder`;
  }
  if (error instanceof AuthorityError) return `${error.message}${remedies[error.code]}`;
  if (!('code' in error) || typeof error.code !== 'string') return error.message;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : null;
  const meaning = meanings[error.code];
  return meaning === undefined || path === null ? error.message : `${path}: ${meaning}`;
}

const remedies: Readonly<Record<AuthorityError['code'], string>> = {
  missing: '; make one with init, or name its folder with --dir',
  exists: '; use another --dir, or --force to replace the authority and the trust in all it issued',
  expired: '; make a new authority with init --force',
  locked: `; give --passphrase-file, or set ${PASSPHRASE_VARIABLE}`,
  'wrong-passphrase': '; give the one that init was given',
  damaged: '',
  'bad-lifetime': '',
  'weak-key': '',
  profile: '',
  lint: '',
  'no-journal': '',
  replaced: '',
  'not-ours': '; name the folder of the one that did with --dir',
  revoked: '',
};

const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; check who owns it and its mode',
  EPERM: 'operation not permitted; check who owns it and its mode',
  EISDIR: 'is a directory; name a file in it',
  EEXIST: 'exists already',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of this path is a file, not a directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many open files',
};
