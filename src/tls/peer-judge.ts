import { hash } from 'node:crypto';
import { Certificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import {
  judgePeer,
  type PeerRequirements,
  type PeerVerdict,
  recheckPeer,
  type VerifiedPeer,
} from '../pki/peer.ts';
import { tryParse, unreadable } from '../pki/verify-client-certificate.ts';
import { RecentMap } from './recent-map.ts';

/** What a finished handshake tells about the client's certificate. */
export interface PresentedPeer {
  /** DER, leaf first, as sent in this handshake or in the one that is resumed; empty: none. */
  readonly chain: readonly Buffer[];
  /** OpenSSL's verdict; null: nothing to complain about. */
  readonly opensslError: string | null;
}

/**
 * Verified peers by their leaf, so that a client that comes again isn't parsed and judged again.
 * Shared by the contexts of a listener; an entry belongs to one of them. Only good certificates get
 * in.
 */
export class PeerCache extends RecentMap<string, VerifiedPeer> {
  constructor(capacity = 16_384) {
    super(capacity);
  }
}

/** Judges clients by the requirements of one context. */
export class PeerJudge {
  readonly requirements: PeerRequirements;
  readonly #cache: PeerCache;
  readonly #scope: string;

  /** `scope` tells this context's entries in `cache` from others'. */
  constructor(requirements: PeerRequirements, cache: PeerCache, scope: string) {
    this.requirements = requirements;
    this.#cache = cache;
    this.#scope = scope;
  }

  /** `at`: milliseconds since the epoch. No certificate gives `none`, whatever the mode. */
  judge(presented: PresentedPeer, at: number): PeerVerdict {
    const leaf = presented.chain[0];
    if (leaf === undefined) return NO_PEER;
    const key = this.#scope + fingerprint(leaf);
    const known = presented.opensslError === null ? this.#cache.get(key) : undefined;
    if (known !== undefined && sameChain(known, presented.chain)) {
      return recheckPeer(known, this.requirements, at);
    }
    const chain = parseChain(presented.chain);
    if (chain instanceof CertificateError) return unreadable(chain);
    const verdict = judgePeer({
      chain,
      opensslError: presented.opensslError,
      requirements: this.requirements,
      at,
    });
    if (verdict.kind === 'verified') this.#cache.set(key, verdict.peer);
    return verdict;
  }

  /**
   * Judges a client that OpenSSL has nothing against by its leaf, with the chain that it came with when it was
   * verified lately. Null: it wasn't, or is no longer good: what it presents now is to be judged.
   */
  recognise(leaf: Buffer, at: number): VerifiedPeer | null {
    const known = this.#cache.get(this.#scope + fingerprint(leaf));
    if (known === undefined) return null;
    const verdict = recheckPeer(known, this.requirements, at);
    return verdict.kind === 'verified' ? verdict.peer : null;
  }

  /** The chain of a peer in the cache, as presented; null: it isn't there. */
  knownChain(leaf: Buffer): readonly Buffer[] | null {
    const known = this.#cache.get(this.#scope + fingerprint(leaf));
    return known === undefined ? null : presentedBy(known);
  }

  /** Judges a client again that was verified by other requirements. */
  rejudge(peer: VerifiedPeer, at: number): PeerVerdict {
    return recheckPeer(peer, this.requirements, at);
  }
}

/** The certificates that a peer presented, DER, leaf first: the same array for all its connections. */
export function presentedBy({ chain }: VerifiedPeer): readonly Buffer[] {
  let ders = presentedChains.get(chain);
  if (ders === undefined) presentedChains.set(chain, (ders = chain.map(({ der }) => der)));
  return ders;
}

const presentedChains = new WeakMap<readonly Certificate[], readonly Buffer[]>();

const NO_PEER: PeerVerdict = { kind: 'none' };

const fingerprint = (der: Uint8Array): string => hash('sha256', der, 'base64');

/** Intermediates come with many leaves; leaves are kept with their verdict. */
const intermediates = new RecentMap<string, Certificate>(256);

/** An error: the leaf can't be read. Others that can't are left out: no path leads through them. */
function parseChain(presented: readonly Buffer[]): Certificate[] | CertificateError {
  const chain: Certificate[] = [];
  for (let index = 0; index < presented.length; index += 1) {
    const der = presented[index];
    const certificate = index === 0 ? tryParse(der) : parseIntermediate(der);
    if (!(certificate instanceof CertificateError)) chain.push(certificate);
    else if (index === 0) return certificate;
  }
  return chain;
}

function parseIntermediate(der: Buffer): Certificate | CertificateError {
  const key = fingerprint(der);
  const known = intermediates.get(key);
  if (known !== undefined) return known;
  const certificate = tryParse(der);
  if (certificate instanceof Certificate) intermediates.set(key, certificate);
  return certificate;
}

function sameChain(peer: VerifiedPeer, chain: readonly Buffer[]): boolean {
  return (
    peer.chain.length === chain.length &&
    chain.every((der, index) => der.equals(peer.chain[index].der))
  );
}
