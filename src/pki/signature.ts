import { constants, verify } from 'node:crypto';
import { der } from './der-writer.ts';
import { decodePublicKey, KeyError } from './keys.ts';
import { OID } from './oids.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/** The algorithms that are used to sign here. Those that are only verified are more. */
export type SigningAlgorithm = 'ecdsa-sha256' | 'ecdsa-sha384' | 'ed25519' | 'rsa-sha256';

/** AlgorithmIdentifier (DER) of a signing algorithm: RSA has NULL parameters, the others none (RFC 5758, RFC 8410). */
export const signatureAlgorithmIdentifiers: Readonly<Record<SigningAlgorithm, Buffer>> = {
  'ecdsa-sha256': der.sequence(der.oid(OID.ecdsaWithSha256)),
  'ecdsa-sha384': der.sequence(der.oid(OID.ecdsaWithSha384)),
  ed25519: der.sequence(der.oid(OID.ed25519)),
  'rsa-sha256': der.sequence(der.oid(OID.sha256WithRsa), der.null()),
};

/**
 * What a signature is worth: only `good` is. `weak`: it was made with SHA-1 or older and is not
 * looked at. `unsupported`: the algorithm or the key is not one that is known here.
 */
export type SignatureVerdict = 'good' | 'bad' | 'weak' | 'unsupported';

/**
 * Verifies a signature under a SubjectPublicKeyInfo (DER): ECDSA, RSA PKCS#1 v1.5 and PSS with SHA-2,
 * Ed25519, Ed448. Never throws for what a stranger can send.
 */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  spki: Uint8Array,
  signed: Uint8Array,
  signature: Uint8Array,
): SignatureVerdict {
  const keyTypes = keyTypesOf[algorithm.family];
  if (keyTypes === undefined) return 'unsupported';
  if (algorithm.digest !== null && weakDigests.has(algorithm.digest)) return 'weak';
  try {
    const key = decodePublicKey(spki);
    if (!keyTypes.includes(key.asymmetricKeyType ?? '')) return 'bad';
    const padding =
      algorithm.family === 'rsa-pss'
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength ?? 0 }
        : {};
    return verify(algorithm.digest, signed, { key, ...padding }, signature) ? 'good' : 'bad';
  } catch (error) {
    return error instanceof KeyError ? 'unsupported' : 'bad';
  }
}

const keyTypesOf: Readonly<Partial<Record<SignatureAlgorithm['family'], readonly string[]>>> = {
  ecdsa: ['ec'],
  rsa: ['rsa'],
  'rsa-pss': ['rsa', 'rsa-pss'],
  eddsa: ['ed25519', 'ed448'],
};
const weakDigests: ReadonlySet<string> = new Set(['md2', 'md5', 'sha1', 'sha224']);
