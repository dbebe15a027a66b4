import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** What one handshake adds to the ledger, or several of one client with one outcome together. */
export interface Sighting {
  readonly listener: string;
  /** SHA-256 of the certificate, lower-case hex; null: the client showed none and is known by its address. */
  readonly fingerprint: string | null;
  readonly address: string;
  /** RFC 4514 subject; empty without a certificate. */
  readonly subject: string;
  /** notAfter of the certificate, milliseconds since the epoch; null without one. */
  readonly notAfter: number | null;
  readonly user: string | null;
  /** What mode `true` says of the client. */
  readonly decision: 'admit' | 'refuse';
  /** The cause code of a refusal. */
  readonly finding: string | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
}

/** A client as the ledger knows it: its last outcome, and how often that one came. */
export interface LedgerEntry extends Sighting {
  /** How often this client would have been refused, and when last; 0 and null: never. */
  readonly refusals: number;
  readonly lastRefused: number | null;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS clients (
    listener TEXT NOT NULL, client TEXT NOT NULL, fingerprint TEXT, address TEXT NOT NULL,
    subject TEXT NOT NULL, not_after INTEGER, user TEXT, decision TEXT NOT NULL, finding TEXT,
    first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, count INTEGER NOT NULL,
    refusals INTEGER NOT NULL, last_refused INTEGER,
    PRIMARY KEY (listener, client)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS clients_by_last_seen ON clients (last_seen);
  CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
`;

const RECORD = `
  INSERT INTO clients VALUES ($listener, $client, $fingerprint, $address, $subject, $notAfter, $user,
    $decision, $finding, $firstSeen, $lastSeen, $count, $refusals, $lastRefused)
  ON CONFLICT (listener, client) DO UPDATE SET
    address = excluded.address, subject = excluded.subject, not_after = excluded.not_after,
    user = excluded.user, decision = excluded.decision, finding = excluded.finding,
    last_seen = max(last_seen, excluded.last_seen), count = count + excluded.count,
    refusals = refusals + excluded.refusals,
    last_refused = coalesce(excluded.last_refused, last_refused)
`;

/**
 * Every client seen, and what `verify: true` says or would say of it. Kept in SQLite, so that it
 * outlives a restart; bounded: the clients not seen for longest are dropped, and counted.
 */
export class ClientLedger {
  readonly #database: DatabaseSync;
  readonly #record: StatementSync;
  readonly #capacity: number;

  /** `path`: the database file, or `:memory:`. Throws what node:sqlite throws for a file that is none. */
  constructor(path: string, capacity = 100_000) {
    this.#capacity = capacity;
    this.#database = new DatabaseSync(path);
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.#database.exec(SCHEMA);
    this.#record = this.#database.prepare(RECORD);
  }

  /** Adds what was seen, all or nothing. */
  record(sightings: readonly Sighting[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const sighting of sightings) this.#record.run(parametersOf(sighting));
      this.#dropOldest();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Clients of a listener (default: of all), those refused last first, then those seen last. */
  entries(listener: string | null = null, limit = 1000): LedgerEntry[] {
    const where = listener === null ? '' : 'WHERE listener = $listener';
    const rows = this.#database
      .prepare(
        `SELECT listener, fingerprint, address, subject, not_after AS notAfter, user, decision, finding,
          first_seen AS firstSeen, last_seen AS lastSeen, count, refusals, last_refused AS lastRefused
         FROM clients ${where} ORDER BY last_refused DESC NULLS LAST, last_seen DESC LIMIT $limit`,
      )
      .all(listener === null ? { limit } : { listener, limit });
    return rows as unknown as LedgerEntry[];
  }

  /** Clients dropped since the ledger was begun, to keep it within its bound. */
  get dropped(): number {
    const row = this.#database.prepare("SELECT value FROM counters WHERE name = 'dropped'").get();
    return Number(row?.['value'] ?? 0);
  }

  get size(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM clients').get()?.['n'] ?? 0);
  }

  close(): void {
    this.#database.close();
  }

  #dropOldest(): void {
    const excess = this.size - this.#capacity;
    if (excess <= 0) return;
    this.#database
      .prepare(
        `DELETE FROM clients WHERE (listener, client) IN
          (SELECT listener, client FROM clients ORDER BY last_seen LIMIT $excess)`,
      )
      .run({ excess });
    this.#database
      .prepare(
        `INSERT INTO counters VALUES ('dropped', $excess)
         ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
      )
      .run({ excess });
  }
}

function parametersOf(sighting: Sighting): Record<string, string | number | null> {
  const { decision, count, lastSeen, fingerprint, address } = sighting;
  const refused = decision === 'refuse';
  return {
    ...sighting,
    client: fingerprint ?? address,
    refusals: refused ? count : 0,
    lastRefused: refused ? lastSeen : null,
  };
}
