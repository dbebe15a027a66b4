import type { Certificate } from '../pki/certificate.ts';
import { printNameForHeader } from '../pki/name.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import type { HandshakeRecord, PeerFacts, PresentedChain } from './handshake-record.ts';

/** Of a chain; a record is kept for long, and a client may send a hundred. */
const MAX_CERTIFICATES = 10;
/** Characters of a name within a chain. */
const MAX_NAME = 512;

/**
 * Writes into a record what is known of the client by its certificates, of which it sent `count`. Costs
 * two look-ups for a client that came before.
 */
export function recordVerdict(record: HandshakeRecord, verdict: PeerVerdict, count: number): void {
  switch (verdict.kind) {
    case 'none':
      record.verification = 'NONE';
      return;
    case 'verified':
      record.verification = 'SUCCESS';
      record.peer = peerFacts(verdict.peer.leaf);
      record.presented = verifiedChain(verdict.peer.chain, count);
      return;
    case 'failed':
      record.verification = `FAILED:${verdict.cause.code}`;
      record.peer = verdict.leaf === null ? null : peerFacts(verdict.leaf);
      record.presented = chainFacts(verdict.chain, count, verdict.cause.certificate);
  }
}

/** What a record tells about a certificate; made once for each. */
function peerFacts(certificate: Certificate): PeerFacts {
  const known = facts.get(certificate);
  if (known !== undefined) return known;
  const made: PeerFacts = {
    subject: printNameForHeader(certificate.subject),
    issuer: printNameForHeader(certificate.issuer),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
  facts.set(certificate, made);
  return made;
}

const facts = new WeakMap<Certificate, PeerFacts>();

/** Made once for each peer that is kept: `chain` is the same object whenever it comes. */
function verifiedChain(chain: readonly Certificate[], count: number): PresentedChain | null {
  const known = verified.get(chain);
  if (known?.count === count) return known;
  const made = chainFacts(chain, count, null);
  if (made !== null) verified.set(chain, made);
  return made;
}

const verified = new WeakMap<readonly Certificate[], PresentedChain>();

function chainFacts(
  chain: readonly Certificate[],
  count: number,
  fault: Certificate | null,
): PresentedChain | null {
  if (chain.length === 0) return null;
  return {
    certificates: chain.slice(0, MAX_CERTIFICATES).map(shortFacts),
    count,
    fault: fault === null ? null : shortFacts(fault),
  };
}

function shortFacts(certificate: Certificate): PeerFacts {
  const all = peerFacts(certificate);
  const { subject, issuer } = all;
  if (subject.length <= MAX_NAME && issuer.length <= MAX_NAME) return all;
  return { ...all, subject: cut(subject), issuer: cut(issuer) };
}

function cut(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME)}...`;
}
