import { DER_TAG, type DerReader } from './der.ts';
import { OID } from './oids.ts';

/** What a SubjectPublicKeyInfo holds, without asking whether its key is any good. */
export interface PublicKeyFacts {
  readonly family: 'ec' | 'rsa' | 'rsa-pss' | 'ed25519' | 'ed448' | 'dsa' | 'unknown';
  /** As people name it: `p256`, `p384`, `rsa2048`, `ed25519`; a dotted identifier where it is unknown. */
  readonly name: string;
  /** Size of the modulus or of the curve's field; null: unknown. */
  readonly bits: number | null;
  /** Name of the elliptic curve, or its dotted identifier; null: no named curve. */
  readonly curve: string | null;
}

/** Reads a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7). Throws DerError. */
export function readPublicKey(reader: DerReader): PublicKeyFacts {
  const parts = reader.sequence();
  const algorithm = parts.sequence();
  const oid = algorithm.oid();
  const curve =
    oid === OID.ecPublicKey && algorithm.nextTag === DER_TAG.oid ? algorithm.oid() : null;
  if (!algorithm.atEnd) algorithm.skip();
  algorithm.finish();
  const keyAt = parts.position;
  const key = parts.bitString();
  parts.finish();
  switch (oid) {
    case OID.ecPublicKey:
      return curve === null ? ecWithoutName : (curves.get(curve) ?? unknownCurve(curve));
    case OID.rsaEncryption:
      return rsaKey('rsa', modulusBits(parts, keyAt));
    case OID.rsaPss:
      return rsaKey('rsa-pss', modulusBits(parts, keyAt));
    case OID.ed25519:
      return ed25519;
    case OID.ed448:
      return ed448;
    case OID.dsa:
      return { family: 'dsa', name: 'dsa', bits: null, curve: null };
    default:
      return { family: 'unknown', name: oid, bits: key.bytes.length * 8, curve: null };
  }
}

const ec = (name: string, bits: number): PublicKeyFacts => ({
  family: 'ec',
  name,
  bits,
  curve: name,
});

const curves = new Map<string, PublicKeyFacts>([
  [OID.p256, ec('p256', 256)],
  [OID.p384, ec('p384', 384)],
  [OID.p521, ec('p521', 521)],
  ['1.3.132.0.10', ec('secp256k1', 256)],
  ['1.2.840.10045.3.1.1', ec('p192', 192)],
  ['1.3.132.0.33', ec('p224', 224)],
  ['1.3.36.3.3.2.8.1.1.7', ec('brainpoolP256r1', 256)],
  ['1.3.36.3.3.2.8.1.1.11', ec('brainpoolP384r1', 384)],
  ['1.3.36.3.3.2.8.1.1.13', ec('brainpoolP512r1', 512)],
]);
const ecWithoutName: PublicKeyFacts = { family: 'ec', name: 'ec', bits: null, curve: null };
const ed25519: PublicKeyFacts = { family: 'ed25519', name: 'ed25519', bits: 256, curve: null };
const ed448: PublicKeyFacts = { family: 'ed448', name: 'ed448', bits: 456, curve: null };

function unknownCurve(oid: string): PublicKeyFacts {
  return { family: 'ec', name: `ec ${oid}`, bits: null, curve: oid };
}

function rsaKey(family: 'rsa' | 'rsa-pss', bits: number): PublicKeyFacts {
  return { family, name: `${family}${bits}`, bits, curve: null };
}

function modulusBits(parts: DerReader, keyAt: number): number {
  parts.position = keyAt;
  const key = parts.bitStringReader().sequence();
  const modulus = key.integer();
  const first = modulus[0] === 0 && modulus.length > 1 ? 1 : 0;
  return (modulus.length - first) * 8 - Math.clz32(modulus[first]) + 24;
}
