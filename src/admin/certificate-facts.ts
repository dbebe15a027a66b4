import type { Certificate } from '../pki/certificate.ts';
import { printName } from '../pki/name.ts';

/** One certificate of a chain, for people. */
export interface ChainEntry {
  /** RFC 4514. */
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hex. */
  readonly serial: string;
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
  /** ISO 8601 in UTC. */
  readonly not_before: string;
  readonly not_after: string;
  /** Such as `p256` or `rsa2048`. */
  readonly key_type: string;
}

/** What is told of a server certificate. */
export interface CertificateFacts {
  readonly snis: readonly string[];
  /** Leaf first, at least one. */
  readonly chain: readonly ChainEntry[];
  /** What is old-fashioned or was mended, in words. */
  readonly warnings: readonly string[];
}

/** The facts of a chain, leaf first, at least one certificate. */
export function factsOf(
  chain: readonly [Certificate, ...Certificate[]],
  snis: readonly string[],
  warnings: readonly string[],
): CertificateFacts {
  return { snis, chain: chain.map(entryOf), warnings };
}

function entryOf(certificate: Certificate): ChainEntry {
  return {
    subject: printName(certificate.subject),
    issuer: printName(certificate.issuer),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint,
    not_before: new Date(certificate.notBefore).toISOString(),
    not_after: new Date(certificate.notAfter).toISOString(),
    key_type: certificate.publicKey.name,
  };
}
