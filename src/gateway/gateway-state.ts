import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { ClientLedger, ledgerSteps } from '../observability/client-ledger.ts';
import { DatabaseError, openDatabase } from '../store/database.ts';
import { BindError } from './bind.ts';
import { bindControlSocket, type ControlSocket } from './control-socket.ts';

/** What a running gateway keeps in its directory: the ledger, and the socket that it is asked through. */
export interface GatewayState {
  /** null: nothing is kept. */
  readonly dir: string | null;
  readonly ledger: ClientLedger;
  /** Whether the ledger outlives the process. */
  readonly isKept: boolean;
  /** null: the directory can't be used. */
  readonly socket: ControlSocket | null;
  /** What could not be used, and what that means; for the log. */
  readonly problems: readonly string[];
}

/**
 * Opens the state in `dir`, made with mode 0700 where it is not there; null: nothing is kept. A directory
 * that can't be written is no reason not to serve: the ledger is then kept in memory, and `problems`
 * says so. Where another gateway uses it that one keeps it, and is who answers; with `isOwn` that throws
 * BindError instead.
 */
export async function openGatewayState(dir: string | null, isOwn: boolean): Promise<GatewayState> {
  if (dir === null) return unkept(null, []);
  let ledger: ClientLedger;
  const problems: string[] = [];
  let socket: ControlSocket;
  try {
    socket = await bindControlSocket(dir);
  } catch (error) {
    if (isOwn && error instanceof BindError && error.code === 'EADDRINUSE') throw error;
    return unkept(dir, [
      `${describe(error)}: status and tail don't reach this gateway, and the ledger ends with it`,
    ]);
  }
  try {
    ledger = openLedger(join(dir, LEDGER_FILE), problems);
  } catch (error) {
    problems.push(`${describe(error)}: the ledger ends with this process`);
    return { ledger: ClientLedger.inMemory(), isKept: false, socket, problems, dir };
  }
  return { ledger, isKept: true, socket, problems, dir };
}

const LEDGER_FILE = 'clients.db';

function unkept(dir: string | null, problems: readonly string[]): GatewayState {
  return { dir, ledger: ClientLedger.inMemory(), isKept: false, socket: null, problems };
}

/** A damaged file is put aside: what it held is worth less than what is to come. */
function openLedger(path: string, problems: string[]): ClientLedger {
  const open = () =>
    new ClientLedger(openDatabase(path, { steps: ledgerSteps, durability: 'normal' }));
  try {
    return open();
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== 'damaged') throw error;
    renameSync(path, `${path}.damaged`);
    problems.push(`${path} was no ledger and is now ${path}.damaged; a new one was begun`);
    return open();
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
