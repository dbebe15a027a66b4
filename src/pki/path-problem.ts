import type { Certificate } from './certificate.ts';
import { findViolation } from './name-constraints.ts';
import { OID, purposeName } from './oids.ts';
import type { Path } from './path.ts';
import { nameInDetail, type PeerCause, type PeerCauseCode, timeInDetail } from './peer-cause.ts';

const MIN_RSA_BITS = 2048;
const MIN_EC_BITS = 224;

/**
 * What makes a path of verified signatures useless for a TLS client at the time `at` (ms since the
 * epoch), most useful cause first; null: nothing. `depth` is the most intermediates, null: no limit.
 * The last certificate is the trust anchor: its version, key and digest are not questioned.
 */
export function findProblem(path: Path, depth: number | null, at: number): PeerCause | null {
  return (
    findLapse(path, at) ??
    leafProblem(path) ??
    issuerProblem(path) ??
    purposeProblem(path) ??
    constraintProblem(path) ??
    weakness(path) ??
    findExcessDepth(path, depth)
  );
}

/** The same, with all that `findProblem` would come to once what it found first is mended. */
export function findProblems(path: Path, depth: number | null, at: number): PeerCause[] {
  const problems = [
    findLapse(path, at),
    leafProblem(path),
    issuerProblem(path),
    purposeProblem(path),
    constraintProblem(path),
    weakness(path),
    findExcessDepth(path, depth),
  ];
  return problems.filter((problem) => problem !== null);
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

function leafProblem(path: Path): PeerCause | null {
  const leaf = path[0];
  const isAnchor = path.length === 1;
  if (!isAnchor && leaf.extensions.basicConstraints?.ca === true) {
    return cause('ca-as-leaf', leaf, `${nameInDetail(leaf.subject)} is a CA certificate`);
  }
  const { keyUsage } = leaf.extensions;
  if (
    !isAnchor &&
    keyUsage !== null &&
    !keyUsage.includes('digitalSignature') &&
    !keyUsage.includes('keyAgreement')
  ) {
    const detail = `${nameInDetail(leaf.subject)} has key usage ${keyUsage.join(', ') || '(none)'}, without digitalSignature`;
    return cause('wrong-purpose', leaf, detail);
  }
  return null;
}

/** Intermediates must be CAs; whoever issues must have room in its path length. */
function issuerProblem(path: Path): PeerCause | null {
  // Self-issued certificates don't count towards a path length (RFC 5280 section 4.2.1.9).
  let below = 0;
  for (let at = 1; at < path.length; at++) {
    const issuer = path[at];
    const { basicConstraints, keyUsage } = issuer.extensions;
    const isAnchor = at === path.length - 1;
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
    if (issuer.canonicalSubject !== issuer.canonicalIssuer) below++;
  }
  return null;
}

function purposeProblem(path: Path): PeerCause | null {
  for (const certificate of path) {
    const { extendedKeyUsage, unknownCritical } = certificate.extensions;
    if (extendedKeyUsage !== null && !extendedKeyUsage.includes(OID.clientAuth)) {
      const purposes = extendedKeyUsage.map(purposeName);
      const detail = `${nameInDetail(certificate.subject)} is for ${purposes.join(', ').slice(0, 200)}, not for clientAuth`;
      return cause('wrong-purpose', certificate, detail);
    }
    if (unknownCritical.length > 0) {
      const detail = `${nameInDetail(certificate.subject)} has the unknown critical extension ${unknownCritical[0]}`;
      return cause('unverifiable', certificate, detail);
    }
  }
  return null;
}

function constraintProblem(path: Path): PeerCause | null {
  for (let at = 1; at < path.length; at++) {
    const issuer = path[at];
    const constraints = issuer.extensions.nameConstraints;
    if (constraints === null) continue;
    for (let below = 0; below < at; below++) {
      const certificate = path[below];
      const isSelfIssued = certificate.canonicalSubject === certificate.canonicalIssuer;
      if (below > 0 && isSelfIssued) continue;
      const violation = findViolation(constraints, certificate);
      if (violation === null) continue;
      const detail = `${violation.slice(0, 200)} is not a name that ${nameInDetail(issuer.subject)} may certify`;
      return cause('name-constraint', certificate, detail);
    }
  }
  return null;
}

function weakness(path: Path): PeerCause | null {
  for (let at = 0; at < path.length - 1; at++) {
    const certificate = path[at];
    const { digest, name } = certificate.signatureAlgorithm;
    if (digest === 'md2' || digest === 'md5' || digest === 'sha1') {
      const detail = `${nameInDetail(certificate.subject)} is signed with ${name}`;
      return cause('weak-signature', certificate, detail);
    }
    const { family, bits, curve, name: key } = certificate.publicKey;
    if (family === 'ec' && curve === null) {
      const detail = `${nameInDetail(certificate.subject)} has a key on a curve without a name`;
      return cause('weak-signature', certificate, detail);
    }
    const minimum = family === 'rsa' || family === 'rsa-pss' ? MIN_RSA_BITS : MIN_EC_BITS;
    if (bits !== null && bits < minimum) {
      const detail = `${nameInDetail(certificate.subject)} has a key of ${bits} bits (${key}), ${minimum} are the least`;
      return cause('weak-signature', certificate, detail);
    }
  }
  return null;
}

function cause(code: PeerCauseCode, certificate: Certificate, detail: string): PeerCause {
  return { code, detail, certificate };
}
