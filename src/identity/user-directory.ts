import type { Certificate } from '../pki/certificate.ts';
import { parseName } from '../pki/name.ts';
import type { VerifiedPeer } from '../pki/peer.ts';
import {
  type Candidate,
  candidateIdentities,
  type DnRule,
  type NamedCertificate,
} from './candidate.ts';
import { comparableName } from './comparable-name.ts';

/** Who a verified client is. Made by a UserDirectory alone, from a VerifiedPeer alone. */
export interface Principal {
  readonly user: string;
  /** The name in the certificate that the user was found by. */
  readonly matchedBy: Candidate;
}

/** The configured users, and the mapping of verified clients to them. */
export interface UserDirectory {
  readonly users: readonly string[];
  readonly rule: DnRule;
  /** The user of a verified client, or null: a client that matches no user is nobody. */
  identify(peer: VerifiedPeer): Principal | null;
  /** The same for a certificate that nobody vouches for: what it would be if it were verified. */
  match(certificate: NamedCertificate): Principal | null;
}

/**
 * Indexes users by name and, where a name reads as a DN, by that DN. A certificate is mapped once and
 * remembered with it. Without users nobody is identified. Where two users are the same DN in different
 * order, the one whose order the certificate has is taken, else the first configured.
 */
export function createUserDirectory(users: readonly string[], rule: DnRule): UserDirectory {
  const names = new Set(users);
  const ordered = new Map<string, string>();
  const unordered = new Map<string, string>();
  for (const user of users) {
    const dn = readAsName(user, rule);
    if (dn === null) continue;
    if (!ordered.has(dn.ordered)) ordered.set(dn.ordered, user);
    if (!unordered.has(dn.unordered)) unordered.set(dn.unordered, user);
  }

  function userOf(candidate: Candidate, certificate: NamedCertificate): string | null {
    if (candidate.kind !== 'dn') return names.has(candidate.value) ? candidate.value : null;
    const dn = comparableName(certificate.subject, rule);
    if (dn === null) return null;
    return ordered.get(dn.ordered) ?? unordered.get(dn.unordered) ?? null;
  }

  function match(certificate: NamedCertificate): Principal | null {
    for (const candidate of candidateIdentities(certificate, rule)) {
      const user = userOf(candidate, certificate);
      if (user !== null) return { user, matchedBy: candidate };
    }
    return null;
  }

  const known = new WeakMap<Certificate, Principal | null>();
  return {
    users,
    rule,
    match,
    identify(peer) {
      let principal = known.get(peer.leaf);
      if (principal === undefined) {
        principal = match(peer.leaf);
        known.set(peer.leaf, principal);
      }
      return principal;
    },
  };
}

function readAsName(user: string, rule: DnRule): ReturnType<typeof comparableName> {
  if (!user.includes('=')) return null;
  try {
    return comparableName(parseName(user), rule);
  } catch {
    return null;
  }
}
