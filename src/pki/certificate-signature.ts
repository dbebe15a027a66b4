import { constants, verify, type VerifyKeyObjectInput } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/**
 * Whether the signature on `certificate` is by the key of `issuer`, whatever else the two say of each
 * other and however weak the digest is. False for keys and algorithms that aren't known. Never throws.
 */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const { signatureAlgorithm: algorithm, tbs, signature } = certificate;
  if (!fits(algorithm, issuer.publicKey.family)) return false;
  try {
    const key: VerifyKeyObjectInput = { key: issuer.keyObject };
    if (algorithm.family === 'rsa') key.padding = constants.RSA_PKCS1_PADDING;
    if (algorithm.family === 'rsa-pss') {
      key.padding = constants.RSA_PKCS1_PSS_PADDING;
      key.saltLength = algorithm.saltLength ?? 0;
    }
    return verify(algorithm.digest, tbs, key, signature);
  } catch {
    return false;
  }
}

function fits(algorithm: SignatureAlgorithm, key: Certificate['publicKey']['family']): boolean {
  switch (algorithm.family) {
    case 'rsa':
      return key === 'rsa';
    case 'rsa-pss':
      return key === 'rsa' || key === 'rsa-pss';
    case 'ecdsa':
      return key === 'ec';
    case 'dsa':
      return key === 'dsa';
    case 'eddsa':
      return key === (algorithm.name === 'ED25519' ? 'ed25519' : 'ed448');
    default:
      return false;
  }
}
