import { readFile, stat } from 'node:fs/promises';
import { FileExistsError, writeFileSet } from './file-set.ts';
import { StateError } from './state-error.ts';

/**
 * The text of a secret's file, without white space around it; made by `make`, with mode 0600, where
 * there is none. Throws StateError for a file that others can read: what is in it is no secret.
 */
export async function openSecretFile(path: string, make: () => string): Promise<string> {
  const text = await readSecret(path);
  if (text !== null) return text;
  try {
    await writeFileSet([{ path, contents: `${make()}\n`, mode: 0o600 }], 'refuse');
  } catch (error) {
    // Another process made it a moment ago.
    if (!(error instanceof FileExistsError)) throw error;
  }
  return openSecretFile(path, make);
}

async function readSecret(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new StateError(
        `${path} can be read by other users, so it is no secret: remove it, and a new one is made at the next start`,
      );
    }
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
