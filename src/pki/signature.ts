import { constants, type KeyObject, verify, type VerifyKeyObjectInput } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { der } from './der-writer.ts';
import { decodePublicKey, KeyError } from './keys.ts';
import { OID } from './oids.ts';
import type { Digest, SignatureAlgorithm } from './signature-algorithm.ts';

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
  if (algorithm.family === 'unknown' || algorithm.family === 'dsa') return 'unsupported';
  if (algorithm.digest !== null && weakDigests.has(algorithm.digest)) return 'weak';
  try {
    return holds(algorithm, decodePublicKey(spki), signed, signature) ? 'good' : 'bad';
  } catch (error) {
    return error instanceof KeyError ? 'unsupported' : 'bad';
  }
}

/** A certificate or revocation list, as far as its signature goes. */
export interface Signed {
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** What the signature covers. */
  readonly tbs: Buffer;
  readonly signature: Buffer;
}

/**
 * Whether the signature on a certificate or revocation list is by the key of `issuer`, whatever else the
 * two say of each other and however weak the digest is. False for keys and algorithms that aren't
 * known. Never throws.
 */
export function isSignedBy(signed: Signed, issuer: Certificate): boolean {
  const { signatureAlgorithm, tbs, signature } = signed;
  if (!familiesOf(signatureAlgorithm).includes(issuer.publicKey.family)) return false;
  try {
    return holds(signatureAlgorithm, issuer.keyObject, tbs, signature);
  } catch {
    return false;
  }
}

/** Digests that no signature is trusted with: collisions are found, or a matter of money. */
export const weakDigests: ReadonlySet<Digest> = new Set(['md2', 'md5', 'sha1']);

function holds(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!familiesOf(algorithm).includes(key.asymmetricKeyType ?? '')) return false;
  const input: VerifyKeyObjectInput = { key };
  if (algorithm.family === 'rsa') input.padding = constants.RSA_PKCS1_PADDING;
  if (algorithm.family === 'rsa-pss') {
    input.padding = constants.RSA_PKCS1_PSS_PADDING;
    input.saltLength = algorithm.saltLength ?? 0;
  }
  return verify(algorithm.digest, signed, input, signature);
}

/** The kinds of keys that make such signatures, as node:crypto names them. */
function familiesOf({ family, oid }: SignatureAlgorithm): readonly string[] {
  switch (family) {
    case 'rsa':
      return ['rsa'];
    case 'rsa-pss':
      return ['rsa', 'rsa-pss'];
    case 'ecdsa':
      return ['ec'];
    case 'dsa':
      return ['dsa'];
    case 'eddsa':
      return oid === OID.ed25519 ? ['ed25519'] : ['ed448'];
    case 'unknown':
      return [];
    default:
      return family satisfies never;
  }
}
