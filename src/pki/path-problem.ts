import type { Certificate } from './certificate.ts';
import { findWeakness } from './certificate-strength.ts';
import { type ComparisonBudget, findViolation } from './name-constraints.ts';
import { OID, purposeName } from './oids.ts';
import type { Path } from './path.ts';
import { nameInDetail, type PeerCause, type PeerCauseCode, timeInDetail } from './peer-cause.ts';

/** What the leaf of a path is to be: a TLS client or a TLS server. */
export type Purpose = 'client' | 'server';

/** What a path of verified signatures is held to. */
export interface PathRules {
  readonly purpose: Purpose;
  /** Most intermediates between leaf and trust anchor; null: no limit. */
  readonly depth: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** For names under constraints; shared by all paths of one verification. */
  readonly comparisons: ComparisonBudget;
}

/**
 * What makes a path of verified signatures useless (RFC 5280 section 6.1), most useful cause first; null:
 * nothing. The last certificate is the trust anchor: its version, key and digest are not questioned.
 */
export function findProblem(path: Path, rules: PathRules): PeerCause | null {
  for (const check of checks) {
    const problem = check(path, rules);
    if (problem !== null) return problem;
  }
  return null;
}

/** The same, with all that `findProblem` would come to once what it found first is mended. */
export function findProblems(path: Path, rules: PathRules): PeerCause[] {
  return checks.flatMap((check) => check(path, rules) ?? []);
}

/** The certificate of a path that is out of its validity at the time `at`, the leaf first. */
export function findLapse(path: Path, at: number): PeerCause | null {
  for (const certificate of path) {
    if (at >= certificate.notAfter + 1000) {
      const detail = `${nameInDetail(certificate.subject)} expired at ${timeInDetail(certificate.notAfter)}, it is ${timeInDetail(at)}`;
      return cause('expired', certificate, detail);
    }
    if (at < certificate.notBefore) {
      const detail = `${nameInDetail(certificate.subject)} is valid from ${timeInDetail(certificate.notBefore)}, it is ${timeInDetail(at)}`;
      return cause('not-yet-valid', certificate, detail);
    }
  }
  return null;
}

/** Whether a path has more intermediates than `depth`; null: no limit. */
export function findExcessDepth(path: Path, depth: number | null): PeerCause | null {
  const intermediates = Math.max(path.length - 2, 0);
  if (depth === null || intermediates <= depth) return null;
  return cause(
    'chain-too-deep',
    path[0],
    `${intermediates} intermediates where ${depth} are allowed`,
  );
}

/** In the order in which their findings are of use. */
const checks: readonly ((path: Path, rules: PathRules) => PeerCause | null)[] = [
  (path, { at }) => findLapse(path, at),
  (path, { purpose }) => leafProblem(path, purpose),
  issuerProblem,
  (path, { purpose }) => purposeProblem(path, purpose),
  criticalProblem,
  (path, { comparisons }) => constraintProblem(path, comparisons),
  weaknessProblem,
  (path, { depth }) => findExcessDepth(path, depth),
];

/** What a leaf's key usage must have one of (RFC 8446 section 4.4.2, RFC 5246 section 7.4.2). */
const leafUsages = {
  client: ['digitalSignature', 'keyAgreement'],
  server: ['digitalSignature', 'keyAgreement', 'keyEncipherment'],
} as const;

/** A leaf that is itself the trust anchor may be what it likes. */
function leafProblem(path: Path, purpose: Purpose): PeerCause | null {
  const leaf = path[0];
  if (path.length === 1) return null;
  const { basicConstraints, keyUsage, nameConstraints } = leaf.extensions;
  if (basicConstraints?.ca === true) {
    return cause('ca-as-leaf', leaf, `${nameInDetail(leaf.subject)} is a CA certificate`);
  }
  if (keyUsage !== null && !leafUsages[purpose].some((usage) => keyUsage.includes(usage))) {
    const detail = `${nameInDetail(leaf.subject)} has key usage ${keyUsage.join(', ') || '(none)'}, without digitalSignature`;
    return cause('wrong-purpose', leaf, detail);
  }
  if (basicConstraints !== null && keyUsage?.includes('keyCertSign') === true) {
    const detail = `${nameInDetail(leaf.subject)} has the key usage keyCertSign, and says that it is no CA`;
    return cause('wrong-purpose', leaf, detail);
  }
  if (nameConstraints !== null) {
    const detail = `${nameInDetail(leaf.subject)} has name constraints, which are for CA certificates`;
    return cause('unverifiable', leaf, detail);
  }
  return null;
}

/** Intermediates must be CAs; whoever issues must have a name, and room in its path length. */
function issuerProblem(path: Path): PeerCause | null {
  // Self-issued certificates don't count towards a path length (RFC 5280 section 4.2.1.9).
  let below = 0;
  for (let at = 1; at < path.length; at++) {
    const issuer = path[at];
    const { basicConstraints, keyUsage } = issuer.extensions;
    const isAnchor = at === path.length - 1;
    if (issuer.subject.length === 0) {
      const detail = `the issuer of ${nameInDetail(path[at - 1].subject)} has no name`;
      return cause('unverifiable', issuer, detail);
    }
    if (!isAnchor && basicConstraints?.ca !== true) {
      const detail = `${nameInDetail(issuer.subject)} is no CA certificate, yet it issued ${nameInDetail(path[at - 1].subject)}`;
      return cause('wrong-purpose', issuer, detail);
    }
    if (!isAnchor && keyUsage !== null && !keyUsage.includes('keyCertSign')) {
      const detail = `${nameInDetail(issuer.subject)} has key usage ${keyUsage.join(', ') || '(none)'}, without keyCertSign`;
      return cause('wrong-purpose', issuer, detail);
    }
    const room = basicConstraints?.pathLength ?? null;
    if (room !== null && below > room) {
      const detail = `${nameInDetail(issuer.subject)} allows ${room} intermediates below it, there are ${below}`;
      return cause('chain-too-deep', issuer, detail);
    }
    if (!isSelfIssued(issuer)) below++;
  }
  return null;
}

/** An extKeyUsage holds for the certificate and for all below it; anyExtendedKeyUsage is none for TLS. */
function purposeProblem(path: Path, purpose: Purpose): PeerCause | null {
  const wanted = purpose === 'client' ? OID.clientAuth : OID.serverAuth;
  for (const certificate of path) {
    const { extendedKeyUsage } = certificate.extensions;
    if (extendedKeyUsage === null || extendedKeyUsage.includes(wanted)) continue;
    const purposes = extendedKeyUsage.map(purposeName);
    const detail = `${nameInDetail(certificate.subject)} is for ${purposes.join(', ').slice(0, 200)}, not for ${purposeName(wanted)}`;
    return cause('wrong-purpose', certificate, detail);
  }
  return null;
}

function criticalProblem(path: Path): PeerCause | null {
  for (const certificate of path) {
    const [unknown] = certificate.extensions.unknownCritical;
    if (unknown === undefined) continue;
    const detail = `${nameInDetail(certificate.subject)} has the unknown critical extension ${unknown}`;
    return cause('unverifiable', certificate, detail);
  }
  return null;
}

function constraintProblem(path: Path, comparisons: ComparisonBudget): PeerCause | null {
  for (let at = 1; at < path.length; at++) {
    const issuer = path[at];
    const constraints = issuer.extensions.nameConstraints;
    if (constraints === null) continue;
    for (let below = 0; below < at; below++) {
      const certificate = path[below];
      if (below > 0 && isSelfIssued(certificate)) continue;
      const violation = findViolation(constraints, certificate, comparisons);
      if (violation === null) continue;
      const detail = `${violation.slice(0, 200)} is not a name that ${nameInDetail(issuer.subject)} may certify`;
      return cause('name-constraint', certificate, detail);
    }
  }
  return null;
}

function weaknessProblem(path: Path): PeerCause | null {
  for (const certificate of path.slice(0, -1)) {
    const weakness = findWeakness(certificate);
    if (weakness === null) continue;
    return cause('weak-signature', certificate, `${nameInDetail(certificate.subject)} ${weakness}`);
  }
  return null;
}

function isSelfIssued(certificate: Certificate): boolean {
  return certificate.canonicalSubject === certificate.canonicalIssuer;
}

function cause(code: PeerCauseCode, certificate: Certificate, detail: string): PeerCause {
  return { code, detail, certificate };
}
