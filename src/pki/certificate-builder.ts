import { createHash, randomBytes } from 'node:crypto';
import { der } from './der-writer.ts';
import { readDer } from './der.ts';
import type { GeneralName } from './general-name.ts';
import { encodeGeneralName, encodeGeneralNames } from './general-name-writer.ts';
import type { Name } from './name.ts';
import { encodeName } from './name-der.ts';
import { OID } from './oids.ts';
import { signatureAlgorithmIdentifiers } from './signature.ts';
import type { Signer } from './signer.ts';

/** What a certificate is for; decides basicConstraints, keyUsage and extKeyUsage. */
export type CertificateRole =
  /** `pathLength`: most intermediates below it; null: no limit. */
  | { readonly kind: 'root' | 'intermediate'; readonly pathLength: number | null }
  | { readonly kind: 'server' | 'client' };

/** Everything that a certificate says about its holder. */
export interface CertificateTemplate {
  readonly role: CertificateRole;
  /** Empty only where there is a SAN, which then becomes critical (RFC 5280 section 4.1.2.6). */
  readonly subject: Name;
  readonly subjectAltNames: readonly GeneralName[];
  /** The holder's SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** Big-endian magnitude, 1 to 20 bytes, not zero; see randomSerialNumber. */
  readonly serialNumber: Buffer;
  /** Milliseconds since the epoch, cut to seconds. */
  readonly notBefore: number;
  /** Milliseconds since the epoch, cut to seconds; the certificate is valid through that second. */
  readonly notAfter: number;
}

/** Who signs, as it appears in what is signed. */
export interface Issuer {
  /** The issuer certificate's subject, byte for byte. */
  readonly subjectDer: Buffer;
  /** The issuer certificate's subjectKeyIdentifier; null: it has none, and then neither has what it signs. */
  readonly keyIdentifier: Buffer | null;
  /** Where its revocation list is to be had, ASCII; null or absent: what it signs does not say. */
  readonly revocationListUrl?: string | null;
  readonly signer: Signer;
}

/**
 * Builds and signs a certificate by RFC 5280 with the extensions of its role and returns its DER.
 * Throws RangeError for a template that no certificate may have.
 */
export async function buildCertificate(
  template: CertificateTemplate,
  issuer: Issuer,
): Promise<Buffer> {
  return signTbs(encodeTbs(template, issuer), issuer.signer);
}

/** Builds a self-signed root. The template's public key must be the signer's. */
export async function buildRoot(template: CertificateTemplate, signer: Signer): Promise<Buffer> {
  if (template.role.kind !== 'root' || !template.publicKey.equals(signer.publicKey)) {
    throw new RangeError('a root is signed by its own key');
  }
  const issuer = { subjectDer: encodeName(template.subject), keyIdentifier: null, signer };
  return signTbs(encodeTbs(template, issuer), signer);
}

/** A serial number of 159 random bits (RFC 5280 section 4.1.2.2: positive, at most 20 bytes). */
export function randomSerialNumber(random: (bytes: number) => Buffer = randomBytes): Buffer {
  const serial = Buffer.from(random(20));
  serial[0] &= 0x7f;
  return serial;
}

/** The key identifier of a SubjectPublicKeyInfo: 160 bits of the SHA-256 of its key (RFC 7093 section 2, method 1). */
export function keyIdentifierOf(spki: Uint8Array): Buffer {
  const parts = readDer(spki).sequence();
  parts.skip();
  return createHash('sha256').update(parts.bitString().bytes).digest().subarray(0, 20);
}

function encodeTbs(template: CertificateTemplate, issuer: Issuer): Buffer {
  check(template);
  return der.sequence(
    VERSION_3,
    der.integer(template.serialNumber),
    signatureAlgorithmIdentifiers[issuer.signer.algorithm],
    issuer.subjectDer,
    der.sequence(der.time(template.notBefore), der.time(template.notAfter)),
    encodeName(template.subject),
    template.publicKey,
    der.explicit(3, der.sequence(...encodeExtensions(template, issuer))),
  );
}

async function signTbs(tbs: Buffer, signer: Signer): Promise<Buffer> {
  const signature = await signer.sign(tbs);
  return der.sequence(
    tbs,
    signatureAlgorithmIdentifiers[signer.algorithm],
    der.bitString(signature),
  );
}

function check(template: CertificateTemplate): void {
  const { serialNumber, role } = template;
  if (!isSerialNumber(serialNumber)) {
    throw new RangeError('a serial number is positive and has at most 20 bytes');
  }
  if (template.notAfter < template.notBefore) throw new RangeError('notAfter is before notBefore');
  if (template.subject.length === 0) {
    if (isAuthority(role)) throw new RangeError('an authority needs a subject');
    if (template.subjectAltNames.length === 0) throw new RangeError('neither subject nor SAN');
  }
}

function isSerialNumber(bytes: Buffer): boolean {
  const tooLong = bytes.length > 20 || (bytes.length === 20 && bytes[0] > 0x7f);
  return !tooLong && bytes.some((byte) => byte !== 0);
}

function isAuthority(
  role: CertificateRole,
): role is Extract<CertificateRole, { readonly pathLength: number | null }> {
  return role.kind === 'root' || role.kind === 'intermediate';
}

function encodeExtensions(template: CertificateTemplate, issuer: Issuer): Buffer[] {
  const { role, subjectAltNames } = template;
  const extensions = isAuthority(role)
    ? [authorityConstraints(role.pathLength), SIGNING_USAGE]
    : [LEAF_CONSTRAINTS, leafUsage(role.kind, template.publicKey), PURPOSES[role.kind]];
  if (subjectAltNames.length > 0) {
    const names = encodeGeneralNames(subjectAltNames);
    const urgency = template.subject.length === 0 ? 'critical' : 'plain';
    extensions.push(extension(OID.subjectAltName, urgency, names));
  }
  const own = der.octetString(keyIdentifierOf(template.publicKey));
  extensions.push(extension(OID.subjectKeyIdentifier, 'plain', own));
  if (issuer.keyIdentifier !== null) {
    const authority = der.sequence(der.implicit(0, issuer.keyIdentifier));
    extensions.push(extension(OID.authorityKeyIdentifier, 'plain', authority));
  }
  const { revocationListUrl: url = null } = issuer;
  if (url !== null) extensions.push(distributionPoint(url));
  return extensions;
}

/** RFC 5280 section 4.2.1.13: one point, by its full name. */
function distributionPoint(url: string): Buffer {
  const fullName = der.explicit(0, encodeGeneralName({ kind: 'uri', value: url }));
  const point = der.sequence(der.explicit(0, fullName));
  return extension(OID.crlDistributionPoints, 'plain', der.sequence(point));
}

function authorityConstraints(pathLength: number | null): Buffer {
  const limit = pathLength === null ? [] : [der.integer(pathLength)];
  return extension(OID.basicConstraints, 'critical', der.sequence(der.boolean(true), ...limit));
}

// A TLS 1.2 client may send its secret under an RSA key (RFC 5280 section 4.2.1.3).
function leafUsage(kind: 'server' | 'client', publicKey: Buffer): Buffer {
  return kind === 'server' && readDer(publicKey).sequence().sequence().oid() === OID.rsaEncryption
    ? RSA_SERVER_USAGE
    : LEAF_USAGE;
}

function extension(type: string, urgency: 'critical' | 'plain', value: Buffer): Buffer {
  return urgency === 'critical'
    ? der.sequence(der.oid(type), der.boolean(true), der.octetString(value))
    : der.sequence(der.oid(type), der.octetString(value));
}

function keyUsage(bits: number, unusedBits: number): Buffer {
  return extension(OID.keyUsage, 'critical', der.bitString(Buffer.from([bits]), unusedBits));
}

const VERSION_3 = der.explicit(0, der.integer(2));
/** keyCertSign and cRLSign. */
const SIGNING_USAGE = keyUsage(0b0000_0110, 1);
/** digitalSignature. */
const LEAF_USAGE = keyUsage(0b1000_0000, 7);
/** digitalSignature and keyEncipherment. */
const RSA_SERVER_USAGE = keyUsage(0b1010_0000, 5);
const LEAF_CONSTRAINTS = extension(OID.basicConstraints, 'critical', der.sequence());
const PURPOSES = {
  server: extension(OID.extendedKeyUsage, 'plain', der.sequence(der.oid(OID.serverAuth))),
  client: extension(OID.extendedKeyUsage, 'plain', der.sequence(der.oid(OID.clientAuth))),
} as const;
