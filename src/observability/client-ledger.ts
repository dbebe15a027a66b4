import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ClientAuthMode } from '../pki/client-auth-mode.ts';

/** What one handshake adds to the ledger, or several of one client with one outcome together. */
export interface Sighting {
  readonly listener: string;
  readonly protocol: string;
  /** SHA-256 of the certificate, lower-case hex; null: the client showed none and is known by its address. */
  readonly fingerprint: string | null;
  readonly address: string;
  /** RFC 4514 subject; empty without a certificate. */
  readonly subject: string;
  /** notAfter of the certificate, milliseconds since the epoch; null without one. */
  readonly notAfter: number | null;
  readonly user: string | null;
  /** What the listener asked of the client. */
  readonly mode: ClientAuthMode;
  /** What was decided; under `observe`: what mode `true` would have decided. */
  readonly decision: 'admit' | 'refuse';
  /** The code of a refusal. */
  readonly finding: string | null;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
}

/** A client as the ledger knows it: its last outcome, and how often it came at all. */
export interface LedgerEntry extends Sighting {
  /** How often it was refused, or would have been; the times of the first and the last, null: never. */
  readonly refusals: number;
  readonly firstRefused: number | null;
  readonly lastRefused: number | null;
}

/** A page of clients, those that were seen last first; what is given must all hold. */
export interface ClientQuery {
  readonly listener?: string | undefined;
  readonly user?: string | undefined;
  readonly mode?: ClientAuthMode | undefined;
  readonly decision?: 'admit' | 'refuse' | undefined;
  /** The code of a refusal. */
  readonly finding?: string | undefined;
  /** Text in subject, user, address or fingerprint. */
  readonly text?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** The tables, for whoever opens the file: each text is one version on, and never changes. */
export const ledgerSteps: readonly string[] = [
  `CREATE TABLE clients (
    listener TEXT NOT NULL, client TEXT NOT NULL, protocol TEXT NOT NULL, fingerprint TEXT,
    address TEXT NOT NULL, subject TEXT NOT NULL, not_after INTEGER, user TEXT, mode TEXT NOT NULL,
    decision TEXT NOT NULL, finding TEXT, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
    count INTEGER NOT NULL, refusals INTEGER NOT NULL, first_refused INTEGER, last_refused INTEGER,
    PRIMARY KEY (listener, client)
  ) WITHOUT ROWID;
  CREATE INDEX clients_by_last_seen ON clients (last_seen);
  CREATE TABLE observed (listener TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`,
];

const RECORD = `
  INSERT INTO clients VALUES ($listener, $client, $protocol, $fingerprint, $address, $subject,
    $notAfter, $user, $mode, $decision, $finding, $firstSeen, $lastSeen, $count, $refusals,
    $firstRefused, $lastRefused)
  ON CONFLICT (listener, client) DO UPDATE SET
    protocol = excluded.protocol, address = excluded.address, subject = excluded.subject,
    not_after = excluded.not_after, user = excluded.user, mode = excluded.mode,
    decision = excluded.decision, finding = excluded.finding,
    first_seen = min(first_seen, excluded.first_seen),
    last_seen = max(last_seen, excluded.last_seen), count = count + excluded.count,
    refusals = refusals + excluded.refusals,
    first_refused = min(coalesce(first_refused, excluded.first_refused),
      coalesce(excluded.first_refused, first_refused)),
    last_refused = max(coalesce(last_refused, excluded.last_refused),
      coalesce(excluded.last_refused, last_refused))
`;

const COLUMNS = `listener, protocol, fingerprint, address, subject, not_after AS notAfter, user, mode,
  decision, finding, first_seen AS firstSeen, last_seen AS lastSeen, count, refusals,
  first_refused AS firstRefused, last_refused AS lastRefused`;

/** Which clients are asked for. */
export interface LedgerQuery {
  /** Default: of every listener. */
  readonly listener?: string;
  /** Only clients that were refused under `observe`, at this moment or later, milliseconds since the epoch. */
  readonly observedRefusedSince?: number;
  /** Most entries; default 1000. */
  readonly limit?: number;
}

/**
 * Every client seen, and what was decided of it, or would be if it were not merely observed. Kept in
 * SQLite, so that it outlives a restart; bounded: the clients not seen for longest are dropped, and
 * counted.
 */
export class ClientLedger {
  readonly #database: DatabaseSync;
  readonly #record: StatementSync;
  readonly #capacity: number;
  /** No fewer than there are. */
  #atMost: number;

  /** `database`: opened with `ledgerSteps`; closed with the ledger. */
  constructor(database: DatabaseSync, capacity = 100_000) {
    this.#database = database;
    this.#capacity = capacity;
    this.#record = database.prepare(RECORD);
    this.#atMost = this.size;
  }

  /** One that does not outlive the process. */
  static inMemory(capacity?: number): ClientLedger {
    const database = new DatabaseSync(':memory:');
    for (const step of ledgerSteps) database.exec(step);
    return new ClientLedger(database, capacity);
  }

  /** Adds what was seen, all or nothing. */
  record(sightings: readonly Sighting[]): void {
    if (sightings.length === 0) return;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const sighting of sightings) this.#record.run(parametersOf(sighting));
      this.#atMost += sightings.length;
      if (this.#atMost > this.#capacity) this.#dropOldest();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Those refused last first, then those seen last. */
  entries({ listener, observedRefusedSince, limit = 1000 }: LedgerQuery = {}): LedgerEntry[] {
    const conditions: string[] = [];
    const parameters: Record<string, string | number> = { limit };
    if (listener !== undefined) {
      conditions.push('listener = $listener');
      parameters['listener'] = listener;
    }
    if (observedRefusedSince !== undefined) {
      conditions.push("mode = 'observe' AND last_refused >= $since");
      parameters['since'] = observedRefusedSince;
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#database
      .prepare(
        `SELECT ${COLUMNS} FROM clients ${where}
         ORDER BY last_refused DESC NULLS LAST, last_seen DESC LIMIT $limit`,
      )
      .all(parameters);
    return rows.map((row) => ({ ...row })) as unknown as LedgerEntry[];
  }

  page(query: ClientQuery): { readonly entries: LedgerEntry[]; readonly total: number } {
    const { limit, offset, text, ...equal } = query;
    const conditions: string[] = [];
    const parameters: Record<string, string | number> = {};
    for (const [column, value] of Object.entries(equal)) {
      if (value === undefined) continue;
      conditions.push(`${column} = $${column}`);
      parameters[column] = value;
    }
    if (text !== undefined) {
      const all = "subject || ' ' || ifnull(user, '') || ' ' || address || ' ' || client";
      conditions.push(`instr(lower(${all}), $text) > 0`);
      parameters['text'] = text.toLowerCase();
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const count = this.#database.prepare(`SELECT count(*) AS n FROM clients ${where}`);
    const rows = this.#database.prepare(
      `SELECT ${COLUMNS} FROM clients ${where}
       ORDER BY last_seen DESC, listener, client LIMIT $limit OFFSET $offset`,
    );
    return {
      entries: rows.all({ ...parameters, limit, offset }).map((row) => {
        return { ...row };
      }) as unknown as LedgerEntry[],
      total: Number(count.get(parameters)?.['n'] ?? 0),
    };
  }

  /** How many clients were seen, or refused, under `observe` at this moment or later. */
  countObserved(since: number, what: 'seen' | 'refused'): number {
    const time = what === 'seen' ? 'last_seen' : 'last_refused';
    const row = this.#database
      .prepare(`SELECT count(*) AS n FROM clients WHERE mode = 'observe' AND ${time} >= $since`)
      .get({ since });
    return Number(row?.['n'] ?? 0);
  }

  /** These listeners observe from now on (those that did already: since then), and no others. */
  observe(listeners: readonly string[], now: number): void {
    for (const name of this.observedSince().keys()) {
      if (listeners.includes(name)) continue;
      this.#database.prepare('DELETE FROM observed WHERE listener = $name').run({ name });
    }
    const add = this.#database.prepare('INSERT OR IGNORE INTO observed VALUES ($name, $now)');
    for (const name of listeners) add.run({ name, now });
  }

  /** Since when each listener observes, milliseconds since the epoch. */
  observedSince(): ReadonlyMap<string, number> {
    const rows = this.#database.prepare('SELECT listener, since FROM observed').all();
    return new Map(rows.map((row) => [String(row['listener']), Number(row['since'])]));
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
    const { size } = this;
    this.#atMost = size;
    if (size <= this.#capacity) return;
    // Some more than must be, so that a full ledger is not counted at every record.
    const excess = size - this.#capacity + Math.floor(this.#capacity / 100);
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
    this.#atMost = size - excess;
  }
}

function parametersOf(sighting: Sighting): Record<string, string | number | null> {
  const { decision, count, firstSeen, lastSeen, fingerprint, address } = sighting;
  const refused = decision === 'refuse';
  return {
    ...sighting,
    client: fingerprint ?? address,
    refusals: refused ? count : 0,
    firstRefused: refused ? firstSeen : null,
    lastRefused: refused ? lastSeen : null,
  };
}
