import type { Certificate } from './certificate.ts';
import { isSignedBy } from './signature.ts';
import { isUnsigned } from './trust-anchor.ts';

/** Leaf first, then the intermediates, the trust anchor last; a leaf that is an anchor is alone. */
export type Path = readonly Certificate[];

/** How much work one search may do; it is counted, so that the answer doesn't depend on the machine. */
const MAX_SIGNATURES = 64;
const MAX_PARTIAL_PATHS = 256;
const MAX_PRESENTED = 64;

export interface PathSearch {
  /** Every path that was found, shortest first; all signatures on them are verified. */
  readonly paths: readonly Path[];
  /** Whether the search ended for having done its work instead of for having looked everywhere. */
  readonly exhausted: boolean;
}

/**
 * Looks for paths from `leaf` to a trust anchor over the other presented certificates, in any order.
 * Issuers are told by name (RFC 5280 section 7.1), key identifiers and verified signatures; validity,
 * purposes and constraints are not looked at. Without anchors there is no path.
 *
 * It goes from the anchors down, so that no key is used that an anchor doesn't vouch for: a stranger
 * can't make it verify signatures with keys chosen to be slow.
 */
export function findPaths(
  leaf: Certificate,
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
): PathSearch {
  if (anchors.some((anchor) => anchor.equals(leaf))) return { paths: [[leaf]], exhausted: false };
  const candidates = issuersAbove(leaf, presented.slice(0, MAX_PRESENTED), anchors);
  const signatures = new SignatureChecks();
  const paths: Path[] = [];
  const partial: Path[] = anchors.map((anchor) => [anchor]);
  for (let next = 0; next < partial.length; next++) {
    const path = partial[next];
    const lowest = path[0];
    if (mayIssue(lowest, leaf) && signatures.check(leaf, lowest)) paths.push([leaf, ...path]);
    for (const candidate of candidates) {
      if (signatures.exhausted || partial.length >= MAX_PARTIAL_PATHS + anchors.length) break;
      if (!mayIssue(lowest, candidate) || path.some((known) => isSameIssuer(known, candidate))) {
        continue;
      }
      const vouched = signatures.vouch(candidate, lowest);
      if (vouched !== null) partial.push([vouched, ...path]);
    }
  }
  const exhausted =
    signatures.exhausted ||
    partial.length >= MAX_PARTIAL_PATHS + anchors.length ||
    presented.length > MAX_PRESENTED;
  return { paths, exhausted };
}

/**
 * The longest run of presented certificates above `leaf` by names and key identifiers alone, leaf
 * first. For explanations: nothing on it is verified.
 */
export function followNames(leaf: Certificate, presented: readonly Certificate[]): Path {
  const path = [leaf];
  for (;;) {
    const top = path[path.length - 1];
    const issuer = presented
      .slice(0, MAX_PRESENTED)
      .find(
        (candidate) =>
          mayIssue(candidate, top) && !path.some((known) => isSameIssuer(known, candidate)),
      );
    if (issuer === undefined) return path;
    path.push(issuer);
  }
}

/** The presented certificates that may stand between `leaf` and the anchors, by names and key identifiers alone. */
function issuersAbove(
  leaf: Certificate,
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
): readonly Certificate[] {
  const others = presented.filter((candidate) => !anchors.some((a) => a.equals(candidate)));
  const found = new Set<Certificate>();
  // A Set hands out what is added while it is walked.
  const addIssuers = (certificate: Certificate) => {
    for (const candidate of others) if (mayIssue(candidate, certificate)) found.add(candidate);
  };
  addIssuers(leaf);
  for (const certificate of found) addIssuers(certificate);
  return [...found];
}

/** Whether names and key identifiers allow that `issuer` issued `certificate`. */
export function mayIssue(issuer: Certificate, certificate: Certificate): boolean {
  if (!namesMatch(issuer, certificate)) return false;
  const authority = certificate.extensions.authorityKeyIdentifier;
  if (authority === null) return true;
  const own = issuer.extensions.subjectKeyIdentifier;
  if (authority.keyIdentifier !== null && own !== null) return own.equals(authority.keyIdentifier);
  return (
    authority.serialNumber === null ||
    authority.serialNumber === issuer.serialNumber ||
    isUnsigned(issuer)
  );
}

function namesMatch(issuer: Certificate, certificate: Certificate): boolean {
  return (
    issuer.subjectDer.equals(certificate.issuerDer) ||
    issuer.canonicalSubject === certificate.canonicalIssuer
  );
}

/** The same name with the same key: a path that has both goes round in a circle. */
function isSameIssuer(one: Certificate, other: Certificate): boolean {
  return one.spki.equals(other.spki) && one.canonicalSubject === other.canonicalSubject;
}

/** Counts the signatures of one search, and verifies no more than allowed. */
class SignatureChecks {
  #count = 0;

  get exhausted(): boolean {
    return this.#count >= MAX_SIGNATURES;
  }

  check(certificate: Certificate, issuer: Certificate): boolean {
    if (this.exhausted) return false;
    this.#count++;
    return isSignedBy(certificate, issuer);
  }

  /** The intermediate if its signature holds: itself, or the same one from an earlier search. */
  vouch(candidate: Certificate, issuer: Certificate): Certificate | null {
    const known = intermediates.get(issuer)?.get(candidate.fingerprint);
    if (known !== undefined) return known;
    if (!this.check(candidate, issuer)) return null;
    remember(issuer, candidate);
    return candidate;
  }
}

/**
 * Intermediates whose signatures were verified, by issuer and fingerprint: every client sends the same
 * few. Only a trust anchor, or a CA below one, gets anything in here, and only CA certificates.
 */
const intermediates = new WeakMap<Certificate, Map<string, Certificate>>();
const MAX_REMEMBERED = 64;

function remember(issuer: Certificate, intermediate: Certificate): void {
  if (intermediate.extensions.basicConstraints?.ca !== true) return;
  let known = intermediates.get(issuer);
  if (known === undefined) intermediates.set(issuer, (known = new Map()));
  if (known.size < MAX_REMEMBERED) known.set(intermediate.fingerprint, intermediate);
}
