import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseError, openDatabase } from '../store/database.ts';
import { openSealingKey } from '../store/sealing-key.ts';
import { openSecretFile } from '../store/secret-file.ts';
import { StateError } from '../store/state-error.ts';
import { CertificateStore, STORE_STEPS } from './certificate-store.ts';

/** What the admin API keeps in the state's directory. */
export interface AdminState {
  readonly certificates: CertificateStore;
  /** The bearer token. */
  readonly token: string;
  close(): void;
}

const MIN_TOKEN_LENGTH = 32;

/**
 * Opens `admin.db`, `admin.key` and `admin.token` in `directory`; what is missing is made, for this
 * user alone. Throws StateError.
 */
export async function openAdminState(directory: string): Promise<AdminState> {
  const tokenPath = join(directory, 'admin.token');
  const token = await openSecretFile(tokenPath, () => randomBytes(32).toString('base64url'));
  if (token.length < MIN_TOKEN_LENGTH) {
    throw new StateError(
      `${tokenPath} is too short to be a secret: remove it, and a new one is made`,
    );
  }
  const key = await openSealingKey(join(directory, 'admin.key'));
  const database = openStore(join(directory, 'admin.db'));
  try {
    return {
      certificates: new CertificateStore(database, key),
      token,
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openStore(path: string): ReturnType<typeof openDatabase> {
  try {
    return openDatabase(path, { steps: STORE_STEPS, durability: 'full' });
  } catch (error) {
    throw error instanceof DatabaseError ? new StateError(error.message) : error;
  }
}
