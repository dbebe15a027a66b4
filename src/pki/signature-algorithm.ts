import { DER_TAG, DerError, type DerReader } from './der.ts';
import { OID } from './oids.ts';

export type Digest = 'md2' | 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** The algorithm a certificate or list was signed with (RFC 5280 section 4.1.1.2). */
export interface SignatureAlgorithm {
  /** Dotted object identifier. */
  readonly oid: string;
  /** As OpenSSL names it, such as `ecdsa-with-SHA256`; the dotted identifier where it is unknown. */
  readonly name: string;
  readonly family: 'rsa' | 'rsa-pss' | 'ecdsa' | 'eddsa' | 'dsa' | 'unknown';
  /** null: the algorithm hashes by itself, or is unknown. */
  readonly digest: Digest | null;
  /** Bytes of salt of RSA-PSS; null for every other family. */
  readonly saltLength: number | null;
}

/** Reads an AlgorithmIdentifier. Throws DerError. */
export function readSignatureAlgorithm(reader: DerReader): SignatureAlgorithm {
  const parts = reader.sequence();
  const oid = parts.oid();
  if (oid === OID.rsaPss) return readPss(parts);
  if (!parts.atEnd) parts.skip();
  parts.finish();
  const known = algorithms.get(oid);
  return known ?? { oid, name: oid, family: 'unknown', digest: null, saltLength: null };
}

const algorithms = new Map<string, SignatureAlgorithm>(
  (
    [
      [OID.md2WithRsa, 'md2WithRSAEncryption', 'rsa', 'md2'],
      [OID.md5WithRsa, 'md5WithRSAEncryption', 'rsa', 'md5'],
      [OID.sha1WithRsa, 'sha1WithRSAEncryption', 'rsa', 'sha1'],
      ['1.3.14.3.2.29', 'sha1WithRSA', 'rsa', 'sha1'],
      [OID.sha224WithRsa, 'sha224WithRSAEncryption', 'rsa', 'sha224'],
      [OID.sha256WithRsa, 'sha256WithRSAEncryption', 'rsa', 'sha256'],
      [OID.sha384WithRsa, 'sha384WithRSAEncryption', 'rsa', 'sha384'],
      [OID.sha512WithRsa, 'sha512WithRSAEncryption', 'rsa', 'sha512'],
      [OID.sha1WithDsa, 'dsaWithSHA1', 'dsa', 'sha1'],
      [OID.sha256WithDsa, 'dsa_with_SHA256', 'dsa', 'sha256'],
      [OID.ecdsaWithSha1, 'ecdsa-with-SHA1', 'ecdsa', 'sha1'],
      [OID.ecdsaWithSha224, 'ecdsa-with-SHA224', 'ecdsa', 'sha224'],
      [OID.ecdsaWithSha256, 'ecdsa-with-SHA256', 'ecdsa', 'sha256'],
      [OID.ecdsaWithSha384, 'ecdsa-with-SHA384', 'ecdsa', 'sha384'],
      [OID.ecdsaWithSha512, 'ecdsa-with-SHA512', 'ecdsa', 'sha512'],
      [OID.ed25519, 'ED25519', 'eddsa', null],
      [OID.ed448, 'ED448', 'eddsa', null],
    ] as const
  ).map(([oid, name, family, digest]) => [oid, { oid, name, family, digest, saltLength: null }]),
);

const digests = new Map<string, Digest>([
  [OID.md5, 'md5'],
  [OID.sha1, 'sha1'],
  [OID.sha224, 'sha224'],
  [OID.sha256, 'sha256'],
  [OID.sha384, 'sha384'],
  [OID.sha512, 'sha512'],
]);

/** RSASSA-PSS-params of RFC 4055 section 3.1; absent fields mean SHA-1 and a salt of 20 bytes. */
function readPss(parts: DerReader): SignatureAlgorithm {
  const params = parts.sequence();
  parts.finish();
  const start = params.position;
  const hash = readDigest(params.optionalConstructed(0));
  const mask = params.optionalConstructed(1);
  const maskHash = mask === null ? 'sha1' : readMaskDigest(mask);
  const salt = params.optionalConstructed(2);
  const saltLength = salt?.smallInteger() ?? 20;
  salt?.finish();
  const trailer = params.optionalConstructed(3);
  if (trailer !== null && trailer.smallInteger() !== 1) throw new DerError('bad-integer', start);
  trailer?.finish();
  params.finish();
  const known = hash !== null && hash === maskHash;
  return {
    oid: OID.rsaPss,
    name: 'rsassaPss',
    family: known ? 'rsa-pss' : 'unknown',
    digest: known ? hash : null,
    saltLength: known ? saltLength : null,
  };
}

function readMaskDigest(mask: DerReader): Digest | null {
  const generator = mask.sequence();
  mask.finish();
  const isMgf1 = generator.oid() === '1.2.840.113549.1.1.8';
  if (!isMgf1) return null;
  return readDigest(generator);
}

function readDigest(holder: DerReader | null): Digest | null {
  if (holder === null) return 'sha1';
  const parts = holder.sequence();
  holder.finish();
  const digest = digests.get(parts.oid()) ?? null;
  if (parts.nextTag === DER_TAG.null) parts.null();
  parts.finish();
  return digest;
}
