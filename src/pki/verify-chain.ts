import type { Certificate } from './certificate.ts';
import { explainMissingIssuer } from './missing-issuer.ts';
import { ComparisonBudget } from './name-constraints.ts';
import { findPaths, followNames, type Path } from './path.ts';
import { findProblem, findProblems, type PathRules, type Purpose } from './path-problem.ts';
import type { PeerCause } from './peer-cause.ts';
import { findRevocation, type RevocationSource } from './revocation.ts';

/** What a certificate is held to. */
export interface PeerRequirements {
  /**
   * Trust anchors, trusted as they are configured: a CA of any version, an intermediate, the leaf itself,
   * a bare key (`trustAnchorOfKey`). Empty: nobody is trusted.
   */
  readonly anchors: readonly Certificate[];
  /** Most intermediates between leaf and trust anchor; null: no limit. */
  readonly depth: number | null;
  /** SHA-256 of admitted SPKIs, lower-case hex. Empty: no pinning. */
  readonly pins: ReadonlySet<string>;
  /** Asked about every certificate below the trust anchor; null or absent: nothing counts as revoked. */
  readonly revocation?: RevocationSource | null;
}

export interface ChainToVerify {
  /** As presented, leaf first, the others in any order. Empty: nothing is verified. */
  readonly chain: readonly Certificate[];
  readonly requirements: PeerRequirements;
  readonly purpose: Purpose;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The verified path, or everything that is wrong. */
export type ChainVerdict =
  | { readonly kind: 'verified'; readonly path: Path }
  | {
      readonly kind: 'failed';
      /** Most useful first; each has the certificate that it is about. */
      readonly causes: readonly [PeerCause, ...PeerCause[]];
      /** The path that the causes are about, its signatures verified; null: none leads to an anchor. */
      readonly path: Path | null;
    };

/**
 * Builds a path from a presented chain to a trust anchor and validates it by RFC 5280 section 6: names,
 * key identifiers and signatures of any number of candidate issuers; validity; basicConstraints, pathLen
 * and keyUsage; extKeyUsage, also on CAs; critical extensions; name constraints; strength of keys and
 * digests; depth; revocation; pins. What is checked and what is not stands in docs/decisions/015.
 *
 * Where several paths lead to an anchor one good one is enough; where none is good, the causes are those
 * of the path with the fewest. All work is bounded by counts (64 signatures, 256 partial paths, 65,536
 * comparisons of names), and a chain that needs more fails. Says nothing of whether the other side has
 * the leaf's key, nor of a server's name. Never throws.
 */
export function verifyChain({ chain, requirements, purpose, at }: ChainToVerify): ChainVerdict {
  if (chain.length === 0) return { kind: 'failed', causes: [NO_CERTIFICATE], path: null };
  const leaf = chain[0];
  const { anchors, depth, pins } = requirements;
  const source = requirements.revocation ?? null;
  const rules: PathRules = { purpose, depth, at, comparisons: new ComparisonBudget() };
  const { paths, exhausted } = findPaths(leaf, chain.slice(1), anchors);
  const pin = findPinProblem(leaf, pins);
  if (pin === null) {
    for (const path of paths) {
      if (findProblem(path, rules) === null && findRevocation(path, source, at) === null) {
        return { kind: 'verified', path };
      }
    }
  }
  if (paths.length === 0) {
    const outer = followNames(leaf, chain.slice(1));
    const first = exhausted ? boundReached(chain) : explainMissingIssuer(outer, anchors);
    const others = findProblems(outer, { ...rules, depth: null });
    return { kind: 'failed', causes: [first, ...others, ...listed(pin)], path: null };
  }
  const judged = paths.map((path) => ({ path, causes: rankedCauses(path, rules, source, pin) }));
  const { path, causes } = judged.reduce((best, next) =>
    next.causes.length < best.causes.length ? next : best,
  );
  const [first = boundReached(chain), ...rest] = causes;
  return { kind: 'failed', causes: [first, ...rest], path };
}

const NO_CERTIFICATE: PeerCause = {
  code: 'no-certificate',
  detail: 'no certificate was presented',
  certificate: null,
};

/** Whether the leaf's key is none of those pinned; an empty set pins nothing. */
export function findPinProblem(leaf: Certificate, pins: ReadonlySet<string>): PeerCause | null {
  if (pins.size === 0 || pins.has(leaf.spkiPin)) return null;
  return {
    code: 'pin-mismatch',
    detail: `the key ${leaf.spkiPin} is not one of the ${pins.size} pinned`,
    certificate: leaf,
  };
}

/** A revocation comes before all else: nothing that is mended changes it. */
function rankedCauses(
  path: Path,
  rules: PathRules,
  source: RevocationSource | null,
  pin: PeerCause | null,
): PeerCause[] {
  const revocation = findRevocation(path, source, rules.at);
  const problems = [...findProblems(path, rules), ...listed(pin)];
  return revocation?.code === 'revoked'
    ? [revocation, ...problems]
    : [...problems, ...listed(revocation)];
}

function listed(cause: PeerCause | null): PeerCause[] {
  return cause === null ? [] : [cause];
}

function boundReached(chain: readonly Certificate[]): PeerCause {
  const detail = `no path found among ${chain.length} certificates within the bound on work`;
  return { code: 'unverifiable', detail, certificate: chain[0] };
}
