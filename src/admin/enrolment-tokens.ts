import type { TokenDesk } from '../ca/authority-files.ts';
import { encodeToken } from '../ca/enrolment-token.ts';
import type { LeafNames } from '../ca/leaf-names.ts';
import { nameObjections, type Profile } from '../ca/profile.ts';
import type { KeptToken } from '../ca/token-book.ts';
import { shellWord } from '../diagnostics/quoted-word.ts';
import type { TokenWish } from './api/authority-schemas.ts';
import type { FieldError } from './certificate-material.ts';
import { readHolder } from './leaf-wish.ts';

/** A new token; its secret is known to whoever gets this, and to nobody else. */
export interface NewToken {
  readonly kind: 'made';
  readonly kept: KeptToken;
  readonly names: LeafNames;
  readonly url: string;
  readonly token: string;
  /** For a POSIX shell. */
  readonly command: string;
}

export type TokenOutcome =
  | NewToken
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

export type TokenStatus = 'open' | 'used' | 'expired';

/** Notes a permission to enrol, `at` milliseconds since the epoch, and returns its token. */
export function makeToken(
  wish: TokenWish,
  profile: Profile,
  { root, journal: { tokens } }: TokenDesk,
  at: number,
): TokenOutcome {
  const { grant, names, errors, fieldOf } = readHolder(wish, profile);
  const url = wish.url?.replace(/\/$/, '') ?? tokens.url();
  const problems = [
    ...errors,
    ...nameObjections(profile, names).map(({ about, problem }) => {
      const path = typeof about === 'string' ? '' : fieldOf(about);
      return { path, message: `profile ${profile.name}: ${problem}` };
    }),
    ...(url === null ? [NO_URL] : []),
  ];
  if (problems.length > 0 || grant === null || url === null) {
    return { kind: 'invalid', errors: problems };
  }
  const expiresAt = at + wish.ttl_seconds * 1000;
  const secret = tokens.add(grant, expiresAt, at);
  const token = encodeToken({ name: grant.name, root: root.fingerprint, secret, url });
  return {
    kind: 'made',
    kept: { id: tokens.idOf(secret), grant, createdAt: at, expiresAt, usedAt: null },
    names,
    url,
    token,
    command: `countersign enroll ${shellWord(url)} --token ${token}`,
  };
}

export function tokenStatus({ usedAt, expiresAt }: KeptToken, at: number): TokenStatus {
  if (usedAt !== null) return 'used';
  return expiresAt <= at ? 'expired' : 'open';
}

const NO_URL: FieldError = {
  path: 'url',
  message:
    'enrolment is not served: add listen to ca in the configuration, or say where machines reach it',
};
