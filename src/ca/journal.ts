import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Certificate } from '../pki/certificate.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { printName } from '../pki/name.ts';
import type { RevocationReason } from '../pki/revocation-list-builder.ts';
import { openDatabase } from '../store/database.ts';
import { TokenBook } from './token-book.ts';

/** What the journal knows of one certificate. */
export interface JournalEntry {
  /** Lower-case hex, as Certificate has it. */
  readonly serialNumber: string;
  /** RFC 4514 text. */
  readonly subject: string;
  readonly subjectAltNames: readonly string[];
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch, as the next three. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly issuedAt: number;
  readonly revokedAt: number | null;
  readonly reason: RevocationReason | null;
  readonly profile: string;
  /** Who asked for it: `command line`, `token NAME`, `certificate SERIAL`, ... */
  readonly requestedBy: string;
  readonly der: Buffer;
}

export type CertificateStatus = 'valid' | 'expired' | 'revoked';

/** Which entries of the journal are wanted; a field left out asks for nothing. */
export interface JournalFilter {
  readonly status?: CertificateStatus;
  /** Expire before this time, and have not yet; milliseconds since the epoch. */
  readonly expiringBefore?: number;
  readonly profile?: string;
  /** Part of the subject, a SAN or the serial number, in any case. */
  readonly text?: string;
}

/** What entries can be sorted by. */
export const journalSortKeys = ['issued_at', 'not_after', 'subject', 'serial', 'profile'] as const;

export type JournalSortKey = (typeof journalSortKeys)[number];

/** Which of the entries that a filter finds, and in which order. */
export interface JournalPage {
  readonly sort: JournalSortKey;
  readonly direction: 'up' | 'down';
  readonly limit: number;
  readonly offset: number;
}

/** A revocation, as much of it as lists and gateways tell. */
export interface Revocation {
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** Milliseconds since the epoch, as the next. */
  readonly notAfter: number;
  readonly revokedAt: number;
  readonly reason: RevocationReason;
}

/** At least as long as a list lives: the next one is made within that. */
const LISTED_LONGER_MS = 7 * 86_400_000;

/** What became of a revocation. */
export type Revoked =
  | { readonly kind: 'revoked'; readonly entry: JournalEntry }
  /** It was revoked before, which stands. */
  | { readonly kind: 'already'; readonly entry: JournalEntry }
  | { readonly kind: 'unknown' };

/**
 * Every certificate that an authority issued, and what became of it. An entry is on the disk before
 * `record` returns, so that no certificate is in anyone's hands that the journal does not know.
 */
export class Journal {
  readonly #database: DatabaseSync;
  /** The issuer whose entries these are: its key identifier. */
  readonly #issuer: string;
  /** The permissions to enrol. */
  readonly tokens: TokenBook;

  constructor(database: DatabaseSync, issuer: Certificate) {
    this.#database = database;
    this.#issuer = issuer.extensions.subjectKeyIdentifier?.toString('hex') ?? issuer.fingerprint;
    this.tokens = new TokenBook(database, this.#issuer);
  }

  /** Throws where there is an entry of that serial number already. */
  record(certificate: Certificate, profile: string, requestedBy: string, now: number): void {
    this.#database
      .prepare(
        `INSERT INTO certificates (issuer, serial, subject, sans, fingerprint, not_before,
           not_after, issued_at, profile, requested_by, der)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        this.#issuer,
        certificate.serialNumber,
        printName(certificate.subject),
        JSON.stringify(certificate.subjectAltNames.map(printGeneralName)),
        certificate.fingerprint,
        certificate.notBefore,
        certificate.notAfter,
        now,
        profile,
        requestedBy,
        certificate.der,
      );
  }

  /** The entry of a serial number; null: the journal has none. */
  find(serialNumber: string): JournalEntry | null {
    const row = this.#database
      .prepare('SELECT * FROM certificates WHERE issuer = ? AND serial = ?')
      .get(this.#issuer, serialNumber.toLowerCase());
    return row === undefined ? null : entryOf(row);
  }

  /** The newest first. */
  list(filter: JournalFilter, now: number): readonly JournalEntry[] {
    const { condition, values } = this.#where(filter, now);
    return this.#database
      .prepare(`SELECT * FROM certificates WHERE ${condition} ORDER BY issued_at DESC, rowid DESC`)
      .all(...values)
      .map(entryOf);
  }

  /** Some of them, and how many there are in all. */
  page(
    filter: JournalFilter,
    { sort, direction, limit, offset }: JournalPage,
    now: number,
  ): { readonly entries: readonly JournalEntry[]; readonly total: number } {
    const { condition, values } = this.#where(filter, now);
    const way = direction === 'up' ? 'ASC' : 'DESC';
    const entries = this.#database
      .prepare(
        `SELECT * FROM certificates WHERE ${condition} ORDER BY ${sort} ${way}, rowid ${way}
         LIMIT ? OFFSET ?`,
      )
      .all(...values, limit, offset)
      .map(entryOf);
    return { entries, total: this.count(filter, now) };
  }

  /** How many a filter finds. */
  count(filter: JournalFilter, now: number): number {
    const { condition, values } = this.#where(filter, now);
    const row = this.#database
      .prepare(`SELECT count(*) AS n FROM certificates WHERE ${condition}`)
      .get(...values);
    return Number(row?.['n']);
  }

  /** Marks a certificate as revoked; on the disk when this returns. */
  revoke(serialNumber: string, reason: RevocationReason, now: number): Revoked {
    const { changes } = this.#database
      .prepare(
        'UPDATE certificates SET revoked_at = ?, reason = ? WHERE issuer = ? AND serial = ? AND revoked_at IS NULL',
      )
      .run(now, reason, this.#issuer, serialNumber.toLowerCase());
    const entry = this.find(serialNumber);
    if (entry === null) return { kind: 'unknown' };
    return { kind: changes === 0 ? 'already' : 'revoked', entry };
  }

  /**
   * What the next revocation list has to name: what was revoked and would still be valid at `now`, or would have
   * been a week before, so that each is on a list that was made after its end (RFC 5280 section 3.3).
   */
  revoked(now: number): readonly Revocation[] {
    return this.#database
      .prepare(
        `SELECT serial, not_after, revoked_at, reason FROM certificates
         WHERE issuer = ? AND revoked_at IS NOT NULL AND not_after >= ? ORDER BY revoked_at, rowid`,
      )
      .all(this.#issuer, now - LISTED_LONGER_MS)
      .map(revocationOf);
  }

  /** How many were revoked, those that have expired included. */
  countRevoked(): number {
    const row = this.#database
      .prepare('SELECT count(*) AS n FROM certificates WHERE issuer = ? AND revoked_at IS NOT NULL')
      .get(this.#issuer);
    return Number(row?.['n']);
  }

  /** Everything that was revoked, the latest first, read as it is asked for. */
  *latestRevoked(): Generator<Revocation, void> {
    const rows = this.#database
      .prepare(
        `SELECT serial, not_after, revoked_at, reason FROM certificates
         WHERE issuer = ? AND revoked_at IS NOT NULL ORDER BY revoked_at DESC`,
      )
      .iterate(this.#issuer);
    for (const row of rows) yield revocationOf(row);
  }

  /** A number greater than any given out before. */
  nextListNumber(): number {
    const row = this.#database
      .prepare(
        `INSERT INTO lists (issuer, number) VALUES (?, 1)
         ON CONFLICT (issuer) DO UPDATE SET number = number + 1 RETURNING number`,
      )
      .get(this.#issuer);
    return Number(row?.['number']);
  }

  /** The number given out last; 0: none. */
  lastListNumber(): number {
    const row = this.#database
      .prepare('SELECT number FROM lists WHERE issuer = ?')
      .get(this.#issuer);
    return Number(row?.['number'] ?? 0);
  }

  close(): void {
    this.#database.close();
  }

  #where(
    { status, expiringBefore, profile, text }: JournalFilter,
    now: number,
  ): { readonly condition: string; readonly values: readonly SQLInputValue[] } {
    const conditions = ['issuer = ?'];
    const values: SQLInputValue[] = [this.#issuer];
    const where = (condition: string, ...wanted: SQLInputValue[]): void => {
      conditions.push(condition);
      values.push(...wanted);
    };
    if (status === 'revoked') where('revoked_at IS NOT NULL');
    if (status === 'valid') where('revoked_at IS NULL AND not_after >= ?', now);
    if (status === 'expired') where('revoked_at IS NULL AND not_after < ?', now);
    if (expiringBefore !== undefined) {
      where('revoked_at IS NULL AND not_after BETWEEN ? AND ?', now, expiringBefore);
    }
    if (profile !== undefined) where('profile = ?', profile);
    if (text !== undefined) {
      const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
      where(
        `(subject LIKE ? ESCAPE '\\' OR sans LIKE ? ESCAPE '\\' OR serial LIKE ? ESCAPE '\\')`,
        pattern,
        pattern,
        pattern,
      );
    }
    return { condition: conditions.join(' AND '), values };
  }
}

/** Opens the journal of `issuer` in the file at `path`. Throws as openDatabase. */
export function openJournal(path: string, issuer: Certificate): Journal {
  return new Journal(openDatabase(path, { steps: STEPS, durability: 'full' }), issuer);
}

/** `valid` also before its time has come. */
export function statusOf(entry: JournalEntry, now: number): CertificateStatus {
  if (entry.revokedAt !== null) return 'revoked';
  return entry.notAfter < now ? 'expired' : 'valid';
}

function entryOf(row: Record<string, unknown>): JournalEntry {
  return {
    serialNumber: String(row['serial']),
    subject: String(row['subject']),
    subjectAltNames: JSON.parse(String(row['sans'])) as string[],
    fingerprint: String(row['fingerprint']),
    notBefore: Number(row['not_before']),
    notAfter: Number(row['not_after']),
    issuedAt: Number(row['issued_at']),
    revokedAt: row['revoked_at'] === null ? null : Number(row['revoked_at']),
    reason: row['reason'] as RevocationReason | null,
    profile: String(row['profile']),
    requestedBy: String(row['requested_by']),
    der: Buffer.from(row['der'] as Uint8Array),
  };
}

function revocationOf(row: Record<string, unknown>): Revocation {
  return {
    serialNumber: String(row['serial']),
    notAfter: Number(row['not_after']),
    revokedAt: Number(row['revoked_at']),
    reason: row['reason'] as RevocationReason,
  };
}

const STEPS = [
  `CREATE TABLE certificates (
     issuer TEXT NOT NULL,
     serial TEXT NOT NULL,
     subject TEXT NOT NULL,
     sans TEXT NOT NULL,
     fingerprint TEXT NOT NULL,
     not_before INTEGER NOT NULL,
     not_after INTEGER NOT NULL,
     issued_at INTEGER NOT NULL,
     profile TEXT NOT NULL,
     requested_by TEXT NOT NULL,
     der BLOB NOT NULL,
     revoked_at INTEGER,
     reason TEXT,
     UNIQUE (issuer, serial)
   ) STRICT;
   CREATE INDEX revoked ON certificates (issuer, revoked_at) WHERE revoked_at IS NOT NULL;
   CREATE TABLE lists (issuer TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;`,
  `CREATE TABLE tokens (
     issuer TEXT NOT NULL,
     digest TEXT NOT NULL,
     grant_json TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     used_at INTEGER,
     UNIQUE (issuer, digest)
   ) STRICT;
   CREATE TABLE enrolment (issuer TEXT PRIMARY KEY, url TEXT NOT NULL) STRICT;`,
  // What the dashboard counts and lists every few seconds; the rows themselves are long.
  `CREATE INDEX certificates_by_state ON certificates (issuer, revoked_at, not_after);
   CREATE INDEX certificates_by_issue ON certificates (issuer, issued_at);`,
];
