// Certificates as nobody should issue them: every field can be chosen, and nothing is checked.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../src/pki/certificate.ts';
import { der } from '../../src/pki/der-writer.ts';
import type { GeneralName } from '../../src/pki/general-name.ts';
import { encodeGeneralName, encodeGeneralNames } from '../../src/pki/general-name-writer.ts';
import { parseName } from '../../src/pki/name.ts';
import { encodeName } from '../../src/pki/name-der.ts';
import { OID } from '../../src/pki/oids.ts';
import { encodePem } from '../../src/pki/pem.ts';

export interface ForgeOptions {
  /** RFC 4514 text, or the DER of the name. */
  readonly subject: string | Buffer;
  /** Who signs; absent: the certificate itself. */
  readonly issuer?: Forged;
  /** The issuer's name as written; absent: the issuer's subject. */
  readonly issuerName?: string;
  readonly extensions?: readonly Buffer[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** What stands in the version field; null: no such field. Default 2 (v3). */
  readonly version?: number | null;
  readonly serial?: bigint;
  readonly digest?: 'md5' | 'sha1' | 'sha256';
  readonly keys?: KeyPair;
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface Forged {
  readonly der: Buffer;
  readonly keys: KeyPair;
  readonly subject: Buffer;
  readonly pem: string;
  readonly certificate: Certificate;
}

/** Signs by P-256 unless the signer's `keys` say RSA. Valid through 2026 and 2027 unless told otherwise. */
export function forge(options: ForgeOptions): Forged {
  const bytes = forgeDer(options);
  return {
    ...bytes,
    pem: encodePem('CERTIFICATE', bytes.der),
    certificate: parseCertificate(bytes.der),
  };
}

/** The same, not parsed: for certificates that can't be. */
export function forgeDer(options: ForgeOptions): Pick<Forged, 'der' | 'keys' | 'subject'> {
  const keys = options.keys ?? ecKeys();
  const signer = options.issuer?.keys ?? keys;
  const digest = options.digest ?? 'sha256';
  const algorithm = algorithmIdentifier(signer.privateKey, digest);
  const subject =
    typeof options.subject === 'string' ? encodeName(parseName(options.subject)) : options.subject;
  const issuerName =
    options.issuerName === undefined
      ? (options.issuer?.subject ?? subject)
      : encodeName(parseName(options.issuerName));
  const version = options.version === undefined ? 2 : options.version;
  const tbs = der.sequence(
    ...(version === null ? [] : [der.explicit(0, der.integer(version))]),
    der.integer(options.serial ?? nextSerial++),
    algorithm,
    issuerName,
    der.sequence(
      der.time(options.notBefore ?? Date.UTC(2026, 0, 1)),
      der.time(options.notAfter ?? Date.UTC(2027, 11, 31)),
    ),
    subject,
    keys.publicKey.export({ format: 'der', type: 'spki' }),
    ...(options.extensions === undefined
      ? []
      : [der.explicit(3, der.sequence(...options.extensions))]),
  );
  const signature = sign(digest, tbs, signer.privateKey);
  return { der: der.sequence(tbs, algorithm, der.bitString(signature)), keys, subject };
}

export function ecKeys(curve = 'P-256'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: curve });
}

export function rsaKeys(bits: number): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength: bits });
}

/** Extensions, whole. */
export const extension = {
  raw: (type: string, value: Buffer, critical = false): Buffer =>
    critical
      ? der.sequence(der.oid(type), der.boolean(true), der.octetString(value))
      : der.sequence(der.oid(type), der.octetString(value)),

  ca: (pathLength: number | null = null): Buffer =>
    extension.raw(
      OID.basicConstraints,
      der.sequence(der.boolean(true), ...(pathLength === null ? [] : [der.integer(pathLength)])),
      true,
    ),

  notCa: (): Buffer => extension.raw(OID.basicConstraints, der.sequence(), true),

  /** The first byte of the bit string, digitalSignature being 0x80 and keyCertSign 0x04. */
  keyUsage: (bits: number): Buffer =>
    extension.raw(OID.keyUsage, der.bitString(Buffer.from([bits])), true),

  purposes: (...oids: readonly string[]): Buffer =>
    extension.raw(OID.extendedKeyUsage, der.sequence(...oids.map((oid) => der.oid(oid)))),

  names: (...names: readonly GeneralName[]): Buffer =>
    extension.raw(OID.subjectAltName, encodeGeneralNames(names)),

  keyIdentifier: (id: string): Buffer =>
    extension.raw(OID.subjectKeyIdentifier, der.octetString(Buffer.from(id))),

  authorityKeyIdentifier: (id: string): Buffer =>
    extension.raw(OID.authorityKeyIdentifier, der.sequence(der.implicit(0, Buffer.from(id)))),

  constraints: (permitted: readonly GeneralName[], excluded: readonly GeneralName[]): Buffer =>
    extension.raw(
      OID.nameConstraints,
      der.sequence(...subtrees(0, permitted), ...subtrees(1, excluded)),
      true,
    ),
};

let nextSerial = 1000n;

function subtrees(n: number, names: readonly GeneralName[]): Buffer[] {
  if (names.length === 0) return [];
  const list = names.map((name) => der.sequence(encodeGeneralName(name)));
  return [der.implicit(n, Buffer.concat(list), true)];
}

function algorithmIdentifier(key: KeyObject, digest: 'md5' | 'sha1' | 'sha256'): Buffer {
  if (key.asymmetricKeyType === 'rsa') {
    const oids = { md5: OID.md5WithRsa, sha1: OID.sha1WithRsa, sha256: OID.sha256WithRsa };
    return der.sequence(der.oid(oids[digest]), der.null());
  }
  return der.sequence(der.oid(digest === 'sha1' ? OID.ecdsaWithSha1 : OID.ecdsaWithSha256));
}
