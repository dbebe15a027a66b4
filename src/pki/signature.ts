import { verify } from 'node:crypto';
import { der } from './der-writer.ts';
import type { DerReader } from './der.ts';
import { decodePublicKey, KeyError } from './keys.ts';
import { OID } from './oids.ts';

/** The algorithms that are used to sign here. Those that are only verified are more. */
export type SigningAlgorithm = 'ecdsa-sha256' | 'ecdsa-sha384' | 'ed25519' | 'rsa-sha256';

interface Algorithm {
  readonly oid: string;
  /** Null: the algorithm hashes by itself. */
  readonly digest: string | null;
  readonly keyType: 'ec' | 'rsa' | 'ed25519' | 'ed448';
}

const algorithms: readonly Algorithm[] = [
  { oid: OID.ecdsaWithSha256, digest: 'sha256', keyType: 'ec' },
  { oid: OID.ecdsaWithSha384, digest: 'sha384', keyType: 'ec' },
  { oid: OID.ecdsaWithSha512, digest: 'sha512', keyType: 'ec' },
  { oid: OID.sha256WithRsa, digest: 'sha256', keyType: 'rsa' },
  { oid: OID.sha384WithRsa, digest: 'sha384', keyType: 'rsa' },
  { oid: OID.sha512WithRsa, digest: 'sha512', keyType: 'rsa' },
  { oid: OID.ed25519, digest: null, keyType: 'ed25519' },
  { oid: OID.ed448, digest: null, keyType: 'ed448' },
];
const algorithmByOid = new Map(algorithms.map((algorithm) => [algorithm.oid, algorithm]));

/** AlgorithmIdentifier (DER) of a signing algorithm: RSA has NULL parameters, the others none (RFC 5758, RFC 8410). */
export const signatureAlgorithmIdentifiers: Readonly<Record<SigningAlgorithm, Buffer>> = {
  'ecdsa-sha256': der.sequence(der.oid(OID.ecdsaWithSha256)),
  'ecdsa-sha384': der.sequence(der.oid(OID.ecdsaWithSha384)),
  ed25519: der.sequence(der.oid(OID.ed25519)),
  'rsa-sha256': der.sequence(der.oid(OID.sha256WithRsa), der.null()),
};

/** What a signature is worth: only `good` is. An algorithm that isn't known or is too weak is `unsupported`. */
export type SignatureVerdict = 'good' | 'bad' | 'unsupported';

/**
 * Verifies a signature by the algorithm with this object identifier under a SubjectPublicKeyInfo
 * (DER). SHA-1, MD5 and anything unknown are `unsupported`. Never throws for what a stranger can send.
 */
export function verifySignature(
  algorithmOid: string,
  spki: Uint8Array,
  signed: Uint8Array,
  signature: Uint8Array,
): SignatureVerdict {
  const algorithm = algorithmByOid.get(algorithmOid);
  if (algorithm === undefined) return 'unsupported';
  try {
    const key = decodePublicKey(spki);
    if (key.asymmetricKeyType !== algorithm.keyType) return 'bad';
    return verify(algorithm.digest, signed, key, signature) ? 'good' : 'bad';
  } catch (error) {
    return error instanceof KeyError ? 'unsupported' : 'bad';
  }
}

/** Reads an AlgorithmIdentifier of a signature; its parameters must be absent or NULL (all that are supported have no others). */
export function readSignatureAlgorithm(reader: DerReader): { oid: string; plain: boolean } {
  const sequence = reader.sequence();
  const oid = sequence.oid();
  const rest = sequence.atEnd ? null : sequence.element();
  sequence.finish();
  return { oid, plain: rest === null || (rest.length === 2 && rest[0] === 0x05) };
}
