import type { Certificate } from '../pki/certificate.ts';
import { printNameForHeader } from '../pki/name.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import type { HandshakeRecord, PeerFacts } from './handshake-record.ts';

/** Writes into a record what is known of the client by its certificate. */
export function recordVerdict(record: HandshakeRecord, verdict: PeerVerdict): void {
  switch (verdict.kind) {
    case 'none':
      record.verification = 'NONE';
      return;
    case 'verified':
      record.verification = 'SUCCESS';
      record.peer = peerFacts(verdict.peer.leaf);
      return;
    case 'failed':
      record.verification = `FAILED:${verdict.cause.code}`;
      record.peer = verdict.leaf === null ? null : peerFacts(verdict.leaf);
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
