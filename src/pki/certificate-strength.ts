import type { Certificate } from './certificate.ts';
import { weakDigests } from './signature.ts';

const MIN_RSA_BITS = 2048;
const MIN_EC_BITS = 224;

/**
 * What is too weak about a certificate's signature or key, as the end of a sentence about it; null:
 * nothing. 112 bits are the least: SHA-224, RSA of 2048 bits, curves of 224. DSA is no longer approved
 * for signatures (FIPS 186-5), and no key may be on a curve that it brings along.
 */
export function findWeakness(certificate: Certificate): string | null {
  const { digest, family: signedBy, name } = certificate.signatureAlgorithm;
  if (signedBy === 'dsa' || (digest !== null && weakDigests.has(digest))) {
    return `is signed with ${name}`;
  }
  const { family, bits, curve, name: key } = certificate.publicKey;
  if (family === 'dsa') return 'has a DSA key';
  if (family === 'ec' && curve === null) return 'has a key on a curve without a name';
  const minimum = family === 'rsa' || family === 'rsa-pss' ? MIN_RSA_BITS : MIN_EC_BITS;
  if (bits === null || bits >= minimum) return null;
  return `has a key of ${bits} bits (${key}), ${minimum} are the least`;
}
