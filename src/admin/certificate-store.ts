import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AddedCertificate } from '../config/added-certificates.ts';
import type { SealingKey } from '../store/sealing-key.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { CertificateFacts } from './certificate-facts.ts';

/** The tables of the admin API's store. */
export const STORE_STEPS = [
  `
  CREATE TABLE certificates (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
    certificate TEXT NOT NULL, sealed_key BLOB NOT NULL, settings TEXT NOT NULL,
    facts TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  );
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,
    address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL
  );
  `,
] as const;

export type CertificateType = 'server' | 'client';
export type CertificateStatus = 'enabled' | 'disabled';

/** What a certificate asks of the clients that come to it. */
export interface ClientSettings {
  /** PEM; null: the clients of Countersign's own authority. */
  readonly ca: string | null;
  readonly verify: boolean | 'observe' | 'optional';
  readonly verify_and_map: boolean;
  readonly depth: number | null;
  readonly skip_paths: readonly string[];
  readonly pinned_certs: readonly string[];
}

/** What can be chosen about a certificate. */
export interface CertificateSettings {
  /** null: those that the certificate carries. */
  readonly snis: readonly string[] | null;
  /** null: no client certificate is asked for. */
  readonly client: ClientSettings | null;
  readonly min_version: '1.2' | '1.3';
  readonly labels: Readonly<Record<string, string>>;
}

/** A certificate made through the admin API, checked. */
export interface StoredCertificate {
  readonly id: string;
  /** One more with each change. */
  readonly version: number;
  readonly type: CertificateType;
  readonly status: CertificateStatus;
  /** PEM, leaf first. */
  readonly certificate: string;
  /** PEM, not encrypted. */
  readonly key: string;
  readonly settings: CertificateSettings;
  readonly facts: CertificateFacts;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The certificates made through the admin API, in SQLite, each with its private key encrypted. */
export class CertificateStore {
  readonly #database: DatabaseSync;
  readonly #key: SealingKey;
  readonly #certificates = new Map<string, StoredCertificate>();
  #added: readonly AddedCertificate[] | null = null;

  /** Reads all of them. Throws StateError where the key is another than they were stored with. */
  constructor(database: DatabaseSync, key: SealingKey) {
    this.#database = database;
    this.#key = key;
    for (const row of database.prepare('SELECT * FROM certificates ORDER BY created_at').all()) {
      const certificate = this.#certificateOf(row);
      this.#certificates.set(certificate.id, certificate);
    }
  }

  /** Oldest first. */
  get all(): Iterable<StoredCertificate> {
    return this.#certificates.values();
  }

  /** Those that are in use, in the terms of the configuration. */
  get added(): readonly AddedCertificate[] {
    this.#added ??= addedBy(this.all);
    return this.#added;
  }

  get(id: string): StoredCertificate | null {
    return this.#certificates.get(id) ?? null;
  }

  /** `added` as it would be with `next` in the place of the certificate `id`; null: without it. */
  addedWith(id: string, next: StoredCertificate | null): readonly AddedCertificate[] {
    const rest = this.added.filter((certificate) => certificate.id !== id);
    return next === null ? rest : [...rest, ...addedBy([next])];
  }

  /** Stores a certificate and tells who did; on the disk when it returns. */
  put(certificate: StoredCertificate, audit: AuditEntry | null): void {
    this.#write(audit, () => {
      this.#database
        .prepare(
          `INSERT OR REPLACE INTO certificates VALUES ($id, $version, $type, $status, $certificate,
             $sealedKey, $settings, $facts, $createdAt, $updatedAt)`,
        )
        .run(this.#rowOf(certificate));
    });
    this.#certificates.set(certificate.id, certificate);
    this.#added = null;
  }

  /** The same for its removal. */
  delete(id: string, audit: AuditEntry | null): void {
    this.#write(audit, () => {
      this.#database.prepare('DELETE FROM certificates WHERE id = $id').run({ id });
    });
    this.#certificates.delete(id);
    this.#added = null;
  }

  /** Tells who did something that is kept elsewhere; on the disk when it returns. */
  note(audit: AuditEntry): void {
    this.#write(audit, () => {});
  }

  /** Newest first. */
  audit(limit: number, offset: number): { readonly entries: AuditEntry[]; readonly total: number } {
    const columns = 'at, who, address, action, target, detail';
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM audit ORDER BY id DESC LIMIT $limit OFFSET $offset`)
      .all({ limit, offset });
    const total = this.#database.prepare('SELECT count(*) AS n FROM audit').get()?.['n'];
    return {
      entries: rows.map((row) => ({ ...row })) as unknown as AuditEntry[],
      total: Number(total),
    };
  }

  #write(audit: AuditEntry | null, act: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      act();
      if (audit !== null) {
        this.#database
          .prepare(
            `INSERT INTO audit (at, who, address, action, target, detail)
             VALUES ($at, $who, $address, $action, $target, $detail)`,
          )
          .run({ ...audit });
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #rowOf(certificate: StoredCertificate): Record<string, SQLInputValue> {
    const { id, version, type, status, key, settings, facts, createdAt, updatedAt } = certificate;
    return {
      id,
      version,
      type,
      status,
      createdAt,
      updatedAt,
      certificate: certificate.certificate,
      sealedKey: this.#key.seal(key, id),
      settings: JSON.stringify(settings),
      facts: JSON.stringify(facts),
    };
  }

  #certificateOf(row: Record<string, unknown>): StoredCertificate {
    const id = String(row['id']);
    return {
      id,
      version: Number(row['version']),
      type: row['type'] as CertificateType,
      status: row['status'] as CertificateStatus,
      certificate: String(row['certificate']),
      key: this.#key.open(row['sealed_key'] as Uint8Array, id),
      settings: JSON.parse(String(row['settings'])) as CertificateSettings,
      facts: JSON.parse(String(row['facts'])) as CertificateFacts,
      createdAt: Number(row['created_at']),
      updatedAt: Number(row['updated_at']),
    };
  }
}

function addedBy(certificates: Iterable<StoredCertificate>): AddedCertificate[] {
  const added: AddedCertificate[] = [];
  for (const { id, type, status, certificate, key, settings } of certificates) {
    if (status !== 'enabled') continue;
    if (type === 'client') {
      added.push({ id, type, config: { cert: certificate, key } });
      continue;
    }
    const { snis, client, min_version: minVersion } = settings;
    added.push({
      id,
      type,
      config: {
        cert: certificate,
        key,
        min_version: minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
        ...(snis === null ? {} : { snis: [...snis] }),
        ...(client === null ? {} : clientConfig(client)),
      },
    });
  }
  return added;
}

function clientConfig(client: ClientSettings): Partial<AddedCertificate['config']> {
  const { ca, verify, verify_and_map: mapping, depth, skip_paths: skipPaths } = client;
  return {
    verify: typeof verify === 'string' ? verify : verify ? 'true' : 'false',
    verify_and_map: mapping,
    ...(ca === null ? {} : { ca }),
    ...(depth === null ? {} : { depth }),
    ...(skipPaths.length === 0 ? {} : { skip_paths: [...skipPaths] }),
    ...(client.pinned_certs.length === 0 ? {} : { pinned_certs: [...client.pinned_certs] }),
  };
}
