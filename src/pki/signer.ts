import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { describeKey, encodePublicKey, KeyError } from './keys.ts';
import type { SigningAlgorithm } from './signature.ts';

/**
 * A private key that signs certificates and requests. The only way to a signature, so that the key
 * may as well lie in a token or a key service.
 */
export interface Signer {
  readonly algorithm: SigningAlgorithm;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** The signature over `bytes` in the form that X.509 wants: for ECDSA the DER sequence of r and s. */
  sign(bytes: Buffer): Promise<Buffer>;
}

/** Signs with a private key in memory: ECDSA with the digest of the curve's size, Ed25519, RSA with SHA-256. */
export function keySigner(key: KeyObject): Signer {
  const algorithm = algorithmFor(key);
  const digest = digests[algorithm];
  return {
    algorithm,
    publicKey: encodePublicKey(key),
    sign: async (bytes) => sign(digest, bytes, key),
  };
}

const digests: Readonly<Record<SigningAlgorithm, string | null>> = {
  'ecdsa-sha256': 'sha256',
  'ecdsa-sha384': 'sha384',
  ed25519: null,
  'rsa-sha256': 'sha256',
};

function algorithmFor(key: KeyObject): SigningAlgorithm {
  const kind = describeKey(key);
  if (kind === 'p256') return 'ecdsa-sha256';
  if (kind === 'p384') return 'ecdsa-sha384';
  if (kind === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType === 'rsa') {
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048) return 'rsa-sha256';
    throw new KeyError(
      'unreadable',
      `${kind} keys are too short to sign with; 2048 bits are the least`,
    );
  }
  throw new KeyError('unreadable', `${kind} keys are not supported for signing`);
}
