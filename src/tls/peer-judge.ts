import { hash } from 'node:crypto';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import {
  judgePeer,
  type PeerRequirements,
  type PeerVerdict,
  recheckPeer,
  type VerifiedPeer,
} from '../pki/peer.ts';
import { RecentMap } from './recent-map.ts';

/** What a finished handshake tells about the client's certificate. */
export interface PresentedPeer {
  /** DER, leaf first, as sent; empty: none. On a resumed session the leaf alone. */
  readonly chain: readonly Buffer[];
  /** OpenSSL's verdict; null: nothing to complain about. */
  readonly opensslError: string | null;
  readonly resumed: boolean;
}

/**
 * Verified peers by their leaf, so that a client that comes again isn't parsed and judged again, and
 * so that a resumed session has the chain that OpenSSL no longer shows. Shared by the contexts of a
 * listener; an entry belongs to one of them. Only good certificates get in.
 */
export class PeerCache extends RecentMap<string, VerifiedPeer> {
  constructor(capacity = 16_384) {
    super(capacity);
  }
}

/** Judges clients by the requirements of one context. */
export class PeerJudge {
  readonly #requirements: PeerRequirements;
  readonly #cache: PeerCache;
  readonly #scope: string;

  /** `scope` tells this context's entries in `cache` from others'. */
  constructor(requirements: PeerRequirements, cache: PeerCache, scope: string) {
    this.#requirements = requirements;
    this.#cache = cache;
    this.#scope = scope;
  }

  /** `at`: milliseconds since the epoch. No certificate gives `none`, whatever the mode. */
  judge(presented: PresentedPeer, at: number): PeerVerdict {
    const leaf = presented.chain[0];
    if (leaf === undefined) return NO_PEER;
    const key = this.#scope + fingerprint(leaf);
    const known = presented.opensslError === null ? this.#cache.get(key) : undefined;
    if (known !== undefined && (presented.resumed || sameChain(known, presented.chain))) {
      return recheckPeer(known, this.#requirements, at);
    }
    const chain = parseChain(presented.chain);
    if (chain === null) return UNREADABLE;
    const verdict = judgePeer({
      chain,
      opensslError: presented.opensslError,
      requirements: this.#requirements,
      at,
    });
    if (verdict.kind === 'verified') this.#cache.set(key, verdict.peer);
    return verdict;
  }
}

const NO_PEER: PeerVerdict = { kind: 'none' };
const UNREADABLE: PeerVerdict = {
  kind: 'failed',
  cause: {
    code: 'malformed',
    detail: 'a presented certificate can not be read',
    certificate: null,
  },
  leaf: null,
  chain: [],
};

const fingerprint = (der: Uint8Array): string => hash('sha256', der, 'base64');

/** Intermediates come with many leaves; leaves are kept with their verdict. */
const intermediates = new RecentMap<string, Certificate>(256);

/** Null: one of them is no certificate that our parser accepts. */
function parseChain(chain: readonly Buffer[]): Certificate[] | null {
  try {
    return chain.map((der, index) =>
      index === 0 ? parseCertificate(der) : parseIntermediate(der),
    );
  } catch {
    return null;
  }
}

function parseIntermediate(der: Buffer): Certificate {
  const key = fingerprint(der);
  const known = intermediates.get(key);
  if (known !== undefined) return known;
  const certificate = parseCertificate(der);
  intermediates.set(key, certificate);
  return certificate;
}

function sameChain(peer: VerifiedPeer, chain: readonly Buffer[]): boolean {
  return (
    peer.chain.length === chain.length &&
    chain.every((der, index) => der.equals((peer.chain[index] as Certificate).der))
  );
}
