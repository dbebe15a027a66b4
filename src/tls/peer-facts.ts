import type { Certificate } from '../pki/certificate.ts';
import { printNameForHeader } from '../pki/name.ts';
import type { PeerFacts } from './handshake-record.ts';

/** What a record tells about a certificate; made once for each. */
export function peerFacts(certificate: Certificate): PeerFacts {
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
