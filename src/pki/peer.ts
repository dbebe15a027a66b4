import type { Certificate } from './certificate.ts';
import type { Path } from './path.ts';
import { findExcessDepth, findLapse } from './path-problem.ts';
import type { PeerCause, PeerCauseCode } from './peer-cause.ts';
import { findRevocation } from './revocation.ts';
import { findPinProblem, type PeerRequirements, verifyChain } from './verify-chain.ts';

export type { PeerCause, PeerCauseCode } from './peer-cause.ts';
export type { PeerRequirements } from './verify-chain.ts';

/** What is known of a client by its certificate. */
export type PeerVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'verified'; readonly peer: VerifiedPeer }
  | {
      readonly kind: 'failed';
      readonly cause: PeerCause;
      readonly leaf: Certificate | null;
      readonly chain: readonly Certificate[];
    };

const PASS = Symbol('only verification makes a VerifiedPeer');

/** A client whose certificate was verified. Made by `judgePeer` and `recheckPeer` alone. */
export class VerifiedPeer {
  readonly leaf: Certificate;
  /** As presented, leaf first. */
  readonly chain: readonly Certificate[];
  /** As built: leaf first, the trust anchor last; the leaf alone where it is an anchor. */
  readonly path: Path;
  readonly #anchors: readonly Certificate[];

  constructor(
    pass: typeof PASS,
    chain: readonly Certificate[],
    path: Path,
    anchors: readonly Certificate[],
  ) {
    if (pass !== PASS) throw new TypeError('only verification makes a VerifiedPeer');
    this.leaf = path[0];
    this.chain = chain;
    this.path = path;
    this.#anchors = anchors;
  }

  /** Whether the anchor that the path ends in is among `anchors`. */
  isAnchoredIn(anchors: readonly Certificate[]): boolean {
    if (anchors === this.#anchors) return true;
    const anchor = this.path[this.path.length - 1];
    return anchors.some((candidate) => candidate.equals(anchor));
  }
}

/**
 * Judges the certificate that a client proved to hold the key of. OpenSSL's verdict is narrowed and
 * never widened: with an `opensslError` the answer is `failed`, and its cause is looked for here;
 * without one, `verifyChain` must hold as well. No certificate gives `none`. `at` is in milliseconds since the epoch. Never throws.
 */
export function judgePeer(input: {
  /** As presented, leaf first; empty: no certificate. */
  readonly chain: readonly Certificate[];
  /** Node's code of OpenSSL's error, such as `CERT_HAS_EXPIRED`; null: OpenSSL verified the client. */
  readonly opensslError: string | null;
  readonly requirements: PeerRequirements;
  readonly at: number;
}): PeerVerdict {
  const { chain, opensslError, requirements, at } = input;
  if (chain.length === 0) return { kind: 'none' };
  const outcome = verifyChain({ chain, requirements, purpose: 'client', at });
  if (outcome.kind === 'failed') return failed(outcome.causes[0], chain);
  if (opensslError !== null) return failed(causeByOpenssl(opensslError, chain[0]), chain);
  const peer = new VerifiedPeer(PASS, chain, outcome.path, requirements.anchors);
  return { kind: 'verified', peer };
}

/**
 * Judges a verified client again, later or under other requirements, as on resumption: validity,
 * revocation, depth and pins, and that its trust anchor is still one. Where it isn't, a path to another is looked for by
 * our own rules alone, since OpenSSL has not seen the client under these requirements.
 */
export function recheckPeer(
  peer: VerifiedPeer,
  requirements: PeerRequirements,
  at: number,
): PeerVerdict {
  const tooDeep = findExcessDepth(peer.path, requirements.depth);
  // Without its anchor, or where another one may be nearer, the path is looked for again.
  if (tooDeep !== null || !peer.isAnchoredIn(requirements.anchors)) {
    return judgePeer({ chain: peer.chain, opensslError: null, requirements, at });
  }
  const cause =
    findRevocation(peer.path, requirements.revocation ?? null, at) ??
    findLapse(peer.path, at) ??
    findPinProblem(peer.leaf, requirements.pins);
  return cause === null ? { kind: 'verified', peer } : failed(cause, peer.chain);
}

/** OpenSSL's errors that are told apart where our own reading of the chain found nothing wrong. */
const causesByOpenssl = new Map<string, PeerCauseCode>([
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'not-yet-valid'],
  ['INVALID_PURPOSE', 'wrong-purpose'],
  ['INVALID_CA', 'wrong-purpose'],
  ['PATH_LENGTH_EXCEEDED', 'chain-too-deep'],
  ['CERT_CHAIN_TOO_LONG', 'chain-too-deep'],
  ['CERT_REVOKED', 'revoked'],
]);

/** The cause of an error of OpenSSL's of which our own verifier found nothing. */
export function causeByOpenssl(opensslError: string, leaf: Certificate): PeerCause {
  return {
    code: causesByOpenssl.get(opensslError) ?? 'unverifiable',
    detail: `OpenSSL: ${opensslError.slice(0, 100).replaceAll(/[^ -~]/g, '?')}`,
    certificate: leaf,
  };
}

function failed(cause: PeerCause, chain: readonly Certificate[]): PeerVerdict {
  return { kind: 'failed', cause, leaf: chain[0] ?? null, chain };
}
