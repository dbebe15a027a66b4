import type { Certificate } from './certificate.ts';
import type { Path } from './path.ts';
import type { PeerCause } from './peer-cause.ts';

/** What speaks against a certificate by what is known of revocations. */
export interface RevocationFault {
  /** `crl-stale`: whether it was revoked can't be said, and that counts against it. */
  readonly code: 'revoked' | 'crl-stale';
  /** Bounded and in printable ASCII. */
  readonly detail: string;
}

/** Knows which certificates were revoked: by lists, by the authority's journal. */
export interface RevocationSource {
  /**
   * What speaks against `certificate`, which `issuer` issued, at the time `at` (ms since the epoch);
   * null: nothing. Must answer at once and never throw.
   */
  check(certificate: Certificate, issuer: Certificate, at: number): RevocationFault | null;
}

/**
 * The first certificate of a path that was revoked, or of which it can't be said, the leaf first; null:
 * none. The trust anchor is not asked about: nobody but who configured it can revoke it.
 */
export function findRevocation(
  path: Path,
  source: RevocationSource | null,
  at: number,
): PeerCause | null {
  if (source === null) return null;
  let unknown: PeerCause | null = null;
  for (let index = 0; index < path.length - 1; index++) {
    const certificate = path[index];
    const fault = source.check(certificate, path[index + 1], at);
    if (fault === null) continue;
    const cause = { code: fault.code, detail: fault.detail, certificate };
    if (fault.code === 'revoked') return cause;
    unknown ??= cause;
  }
  return unknown;
}
