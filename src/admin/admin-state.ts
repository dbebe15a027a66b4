import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseError, openDatabase } from '../store/database.ts';
import { openSealingKey } from '../store/sealing-key.ts';
import { openSecretFile } from '../store/secret-file.ts';
import { StateError } from '../store/state-error.ts';
import { CertificateStore, STORE_STEPS } from './certificate-store.ts';
import { EVENT_STEPS, EventStore } from './event-store.ts';
import type { ObservedGateway } from './running-gateway.ts';
import { Sessions } from './sessions.ts';

/** What the admin API keeps in the state's directory. */
export interface AdminState {
  readonly certificates: CertificateStore;
  /** The bearer token. */
  readonly token: string;
  readonly sessions: Sessions;
  /** What happens is kept from the first call on; `onFault` hears of what could not be. */
  keepEvents(observed: ObservedGateway, onFault: (error: Error) => void): EventStore;
  close(): void;
}

const MIN_TOKEN_LENGTH = 32;

/**
 * Opens `admin.db`, `admin.key`, `admin.token` and `events.db` in `directory`; what is missing is made, for this
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
  const database = openStore(join(directory, 'admin.db'), STORE_STEPS, 'full');
  try {
    const certificates = new CertificateStore(database, key);
    const eventDatabase = openStore(join(directory, 'events.db'), EVENT_STEPS, 'normal');
    let events: EventStore | null = null;
    return {
      certificates,
      token,
      sessions: new Sessions(),
      keepEvents(observed, onFault) {
        if (events !== null) return events;
        events = new EventStore(eventDatabase, onFault);
        observed.follow(events.follower);
        return events;
      },
      close() {
        if (events === null) eventDatabase.close();
        else events.close();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openStore(
  path: string,
  steps: readonly string[],
  durability: 'full' | 'normal',
): ReturnType<typeof openDatabase> {
  try {
    return openDatabase(path, { steps, durability });
  } catch (error) {
    throw error instanceof DatabaseError ? new StateError(error.message) : error;
  }
}
