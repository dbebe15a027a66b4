import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { newSecret } from './enrolment-token.ts';
import {
  clientLeafNames,
  type ClientNames,
  type LeafNames,
  serverLeafNames,
} from './leaf-names.ts';

/** What a token permits: one certificate with these names, or with fewer. */
export interface TokenGrant {
  readonly kind: 'server' | 'client';
  readonly name: string;
  /** Names beside `name`; of a server's only host names and IP addresses count. */
  readonly further: ClientNames;
  /** Name of the profile. */
  readonly profile: string;
}

/** Why a token permits nothing. */
export type TokenFault = 'unknown-token' | 'expired-token' | 'used-token';

export type TokenState =
  | { readonly kind: 'good'; readonly grant: TokenGrant }
  | { readonly kind: TokenFault };

/** What is kept of a token; its secret is not. Times are milliseconds since the epoch. */
export interface KeptToken {
  /** The beginning of its secret's digest. */
  readonly id: string;
  readonly grant: TokenGrant;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** null: it was not used. */
  readonly usedAt: number | null;
}

/** Hexadecimal digits of a digest that name its token. */
const ID_DIGITS = 16;

/** Spent tokens are known for so long, so that a second use is told from a token that never was. */
const REMEMBER_MS = 30 * 86_400_000;

/** The names that a grant stands for. Throws InvalidNameError. */
export function grantedNames({ kind, name, further }: TokenGrant): LeafNames {
  if (kind === 'client') return clientLeafNames(name, further);
  const names = [name, ...(further.dnsNames ?? []), ...(further.ipAddresses ?? [])];
  return serverLeafNames(names, further.subject);
}

/**
 * The enrolment tokens of an authority. Of each the digest of its secret is kept: who reads the file can't
 * enrol with it.
 */
export class TokenBook {
  readonly #database: DatabaseSync;
  readonly #issuer: string;

  constructor(database: DatabaseSync, issuer: string) {
    this.#database = database;
    this.#issuer = issuer;
  }

  /** Notes a permission until `expiresAt`, milliseconds since the epoch, and returns its secret. */
  add(grant: TokenGrant, expiresAt: number, now: number): Buffer {
    const secret = newSecret();
    this.#database.prepare('DELETE FROM tokens WHERE expires_at < ?').run(now - REMEMBER_MS);
    this.#database
      .prepare(
        'INSERT INTO tokens (issuer, digest, grant_json, created_at, expires_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(this.#issuer, digestOf(secret), JSON.stringify(grant), now, expiresAt);
    return secret;
  }

  /** Whether the token of this secret still permits something. */
  look(secret: Uint8Array, now: number): TokenState {
    const row = this.#database
      .prepare('SELECT * FROM tokens WHERE issuer = ? AND digest = ?')
      .get(this.#issuer, digestOf(secret));
    if (row === undefined) return { kind: 'unknown-token' };
    if (row['used_at'] !== null) return { kind: 'used-token' };
    if (Number(row['expires_at']) <= now) return { kind: 'expired-token' };
    return { kind: 'good', grant: JSON.parse(String(row['grant_json'])) as TokenGrant };
  }

  /** Uses the token up; false: somebody else did a moment ago. On the disk before this returns. */
  claim(secret: Uint8Array, now: number): boolean {
    const { changes } = this.#database
      .prepare(
        'UPDATE tokens SET used_at = ? WHERE issuer = ? AND digest = ? AND used_at IS NULL AND expires_at > ?',
      )
      .run(now, this.#issuer, digestOf(secret), now);
    return changes === 1;
  }

  /** Takes a claim back: nothing was issued for it. */
  release(secret: Uint8Array): void {
    this.#database
      .prepare('UPDATE tokens SET used_at = NULL WHERE issuer = ? AND digest = ?')
      .run(this.#issuer, digestOf(secret));
  }

  /** What the token of this secret is listed under. */
  idOf(secret: Uint8Array): string {
    return digestOf(secret).slice(0, ID_DIGITS);
  }

  /** Every token that is remembered, the newest first. */
  list(): readonly KeptToken[] {
    return this.#database
      .prepare('SELECT * FROM tokens WHERE issuer = ? ORDER BY created_at DESC, rowid DESC')
      .all(this.#issuer)
      .map((row) => ({
        id: String(row['digest']).slice(0, ID_DIGITS),
        grant: JSON.parse(String(row['grant_json'])) as TokenGrant,
        createdAt: Number(row['created_at']),
        expiresAt: Number(row['expires_at']),
        usedAt: row['used_at'] === null ? null : Number(row['used_at']),
      }));
  }

  /** Takes a permission back that was not used; false: there is none of this id, or it was. */
  withdraw(id: string): boolean {
    const { changes } = this.#database
      .prepare(
        `DELETE FROM tokens WHERE issuer = ? AND substr(digest, 1, ${ID_DIGITS}) = ? AND used_at IS NULL`,
      )
      .run(this.#issuer, id);
    return changes > 0;
  }

  /** Where machines enrol, for tokens to come. */
  noteUrl(url: string): void {
    this.#database
      .prepare(
        'INSERT INTO enrolment (issuer, url) VALUES (?, ?) ON CONFLICT (issuer) DO UPDATE SET url = excluded.url',
      )
      .run(this.#issuer, url);
  }

  /** Where machines enrol, as it was last noted; null: nobody has served enrolment yet. */
  url(): string | null {
    const row = this.#database
      .prepare('SELECT url FROM enrolment WHERE issuer = ?')
      .get(this.#issuer);
    return row === undefined ? null : String(row['url']);
  }
}

/** The secret has 192 random bits, so that its digest needs neither salt nor rounds. */
function digestOf(secret: Uint8Array): string {
  return hash('sha256', secret, 'hex');
}
