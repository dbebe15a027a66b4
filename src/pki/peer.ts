import type { Certificate } from './certificate.ts';
import { explainMissingIssuer } from './missing-issuer.ts';
import { findPaths, followNames, type Path } from './path.ts';
import { findExcessDepth, findLapse, findProblem, findProblems } from './path-problem.ts';
import type { PeerCause, PeerCauseCode } from './peer-cause.ts';

export type { PeerCause, PeerCauseCode } from './peer-cause.ts';

/** What a client's certificate is held to. */
export interface PeerRequirements {
  /** Trust anchors. Empty: nobody is trusted. */
  readonly anchors: readonly Certificate[];
  /** Most intermediates between leaf and trust anchor; null: no limit. */
  readonly depth: number | null;
  /** SHA-256 of admitted SPKIs, lower-case hex. Empty: no pinning. */
  readonly pins: ReadonlySet<string>;
}

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
 * without one, the path, validity, purposes, constraints, strength, depth and pins must hold as well.
 * No certificate gives `none`. `at` is in milliseconds since the epoch. Never throws.
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
  const outcome = judgeChain(chain, requirements, at);
  if (!('code' in outcome) && opensslError === null) {
    const peer = new VerifiedPeer(PASS, chain, outcome.path, requirements.anchors);
    return { kind: 'verified', peer };
  }
  const cause =
    'code' in outcome ? outcome : causeByOpenssl(opensslError ?? 'UNSPECIFIED', chain[0]);
  return failed(cause, chain);
}

/**
 * Judges a verified client again, later or under other requirements, as on resumption: validity, depth
 * and pins, and that its trust anchor is still one. Where it isn't, a path to another is looked for by
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
  const cause = findLapse(peer.path, at) ?? pinProblem(peer.leaf, requirements.pins);
  return cause === null ? { kind: 'verified', peer } : failed(cause, peer.chain);
}

/** What `examineChain` finds: the path that the judgement is about, null: none leads to an anchor. */
export interface Examination {
  readonly path: Path | null;
  /** Everything that is wrong, the cause that `judgePeer` names first; empty: nothing. */
  readonly causes: readonly PeerCause[];
}

/**
 * What `judgePeer` finds without OpenSSL's verdict, and all that stands behind the cause it names: for
 * explanations, where one who mends a certificate wants to know everything at once. `chain` is not
 * empty. Never throws.
 */
export function examineChain(
  chain: readonly Certificate[],
  requirements: PeerRequirements,
  at: number,
): Examination {
  const outcome = judgeChain(chain, requirements, at);
  if (!('code' in outcome)) return { path: outcome.path, causes: [] };
  const leaf = chain[0];
  const path = findPaths(leaf, chain.slice(1), requirements.anchors).paths[0] ?? null;
  const pin = pinProblem(leaf, requirements.pins);
  const causes =
    path === null
      ? [outcome, ...findProblems(followNames(leaf, chain.slice(1)), null, at)]
      : findProblems(path, requirements.depth, at);
  return { path, causes: pin === null ? causes : [...causes, pin] };
}

function judgeChain(
  chain: readonly Certificate[],
  requirements: PeerRequirements,
  at: number,
): PeerCause | { readonly path: Path } {
  const leaf = chain[0];
  const search = findPaths(leaf, chain.slice(1), requirements.anchors);
  let first: PeerCause | null = null;
  for (const path of search.paths) {
    const problem =
      findProblem(path, requirements.depth, at) ?? pinProblem(leaf, requirements.pins);
    if (problem === null) return { path };
    first ??= problem;
  }
  if (first !== null) return first;
  if (search.exhausted) {
    const detail = `no path found among ${chain.length} certificates within the bound on work`;
    return { code: 'unverifiable', detail, certificate: leaf };
  }
  return explainMissingIssuer(followNames(leaf, chain.slice(1)), requirements.anchors);
}

function pinProblem(leaf: Certificate, pins: ReadonlySet<string>): PeerCause | null {
  if (pins.size === 0 || pins.has(leaf.spkiPin)) return null;
  return {
    code: 'pin-mismatch',
    detail: `the key ${leaf.spkiPin} is not one of the ${pins.size} pinned`,
    certificate: leaf,
  };
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

function causeByOpenssl(opensslError: string, leaf: Certificate): PeerCause {
  return {
    code: causesByOpenssl.get(opensslError) ?? 'unverifiable',
    detail: `OpenSSL: ${opensslError.slice(0, 100).replaceAll(/[^ -~]/g, '?')}`,
    certificate: leaf,
  };
}

function failed(cause: PeerCause, chain: readonly Certificate[]): PeerVerdict {
  return { kind: 'failed', cause, leaf: chain[0] ?? null, chain };
}
