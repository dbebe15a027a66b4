import { type Certificate, parseCertificate } from './certificate.ts';
import { CertificateError } from './certificate-error.ts';
import { judgePeer, type PeerVerdict } from './peer.ts';
import type { PeerRequirements } from './verify-chain.ts';

/**
 * Verifies the certificate of a client by our own rules alone, for programs that have a chain and no TLS
 * connection of ours: from a proxy's header, from a file. `presented` is DER, leaf first; intermediates
 * that can't be read are left out, empty gives `none`. The verdict's `peer` is what a user directory of
 * `countersign/identity` maps to a user. That the client has the leaf's key is for the caller to know.
 * `at` is in milliseconds since the epoch. Never throws.
 */
export function verifyClientCertificate(
  presented: readonly Uint8Array[],
  requirements: PeerRequirements,
  at: number,
): PeerVerdict {
  const chain: Certificate[] = [];
  for (const [index, der] of presented.entries()) {
    const certificate = tryParse(der);
    if (!(certificate instanceof CertificateError)) chain.push(certificate);
    else if (index === 0) return unreadable(certificate);
  }
  return judgePeer({ chain, opensslError: null, requirements, at });
}

/** The certificate, or what is wrong with its bytes. */
export function tryParse(der: Uint8Array): Certificate | CertificateError {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof CertificateError) return error;
    throw error;
  }
}

/** The verdict on a client whose leaf can't be read. */
export function unreadable({ message }: CertificateError): PeerVerdict {
  const cause = { code: 'malformed-certificate', detail: message, certificate: null } as const;
  return { kind: 'failed', cause, leaf: null, chain: [] };
}
