import type { Certificate } from './certificate.ts';
import { isSignedBy } from './certificate-signature.ts';

/** Leaf first, then the intermediates, the trust anchor last; a leaf that is an anchor is alone. */
export type Path = readonly Certificate[];

/** How much work one search may do; it is counted, so that the answer doesn't depend on the machine. */
const MAX_SIGNATURES = 64;
const MAX_PARTIAL_PATHS = 256;

export interface PathSearch {
  /** Every path that was found, shortest first; all signatures on them are verified. */
  readonly paths: readonly Path[];
  /** The furthest that the search came where no path was found: leaf first, and no anchor. */
  readonly furthest: Path;
  /** Whether the search ended for having done its work instead of for having looked everywhere. */
  readonly exhausted: boolean;
}

/**
 * Looks for paths from `leaf` to a trust anchor over the other presented certificates, in any order.
 * Issuers are told by name (RFC 5280 section 7.1), key identifiers and verified signatures; validity,
 * purposes and constraints are not looked at. Without anchors there is no path.
 */
export function findPaths(
  leaf: Certificate,
  presented: readonly Certificate[],
  anchors: readonly Certificate[],
): PathSearch {
  if (anchors.some((anchor) => anchor.equals(leaf))) {
    return { paths: [[leaf]], furthest: [leaf], exhausted: false };
  }
  const signatures = new SignatureChecks();
  const paths: Path[] = [];
  const partial: Path[] = [[leaf]];
  let furthest: Path = [leaf];
  for (let next = 0; next < partial.length; next++) {
    const path = partial[next];
    const top = path[path.length - 1];
    if (path.length > furthest.length) furthest = path;
    for (const anchor of anchors) {
      if (mayIssue(anchor, top) && signatures.check(top, anchor)) paths.push([...path, anchor]);
    }
    for (const candidate of presented) {
      if (partial.length >= MAX_PARTIAL_PATHS || signatures.exhausted) break;
      if (!mayIssue(candidate, top) || path.some((known) => isSameIssuer(known, candidate)))
        continue;
      if (anchors.some((anchor) => anchor.equals(candidate))) continue;
      if (signatures.check(top, candidate)) partial.push([...path, candidate]);
    }
  }
  const exhausted = signatures.exhausted || partial.length >= MAX_PARTIAL_PATHS;
  return { paths, furthest, exhausted };
}

/** Whether names and key identifiers allow that `issuer` issued `certificate`. */
export function mayIssue(issuer: Certificate, certificate: Certificate): boolean {
  if (!namesMatch(issuer, certificate)) return false;
  const authority = certificate.extensions.authorityKeyIdentifier;
  if (authority === null) return true;
  const own = issuer.extensions.subjectKeyIdentifier;
  if (authority.keyIdentifier !== null && own !== null) return own.equals(authority.keyIdentifier);
  return authority.serialNumber === null || authority.serialNumber === issuer.serialNumber;
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

/** Verifies each pair once, and no more pairs than allowed. */
class SignatureChecks {
  #count = 0;
  readonly #known = new Map<Certificate, Map<Certificate, boolean>>();

  get exhausted(): boolean {
    return this.#count >= MAX_SIGNATURES;
  }

  check(certificate: Certificate, issuer: Certificate): boolean {
    let byIssuer = this.#known.get(certificate);
    if (byIssuer === undefined) this.#known.set(certificate, (byIssuer = new Map()));
    let result = byIssuer.get(issuer);
    if (result === undefined) {
      if (this.exhausted) return false;
      this.#count++;
      result = isSignedBy(certificate, issuer);
      byIssuer.set(issuer, result);
    }
    return result;
  }
}
