import { CertificateError, certificateError } from './certificate-error.ts';
import { bitStringOf, DerError, type DerReader, integerHex, smallIntegerOf } from './der.ts';
import { type GeneralName, readGeneralName, readGeneralNames } from './general-name.ts';
import { OID } from './oids.ts';

/** One extension as it stands in the certificate. */
export interface Extension {
  /** Dotted object identifier. */
  readonly type: string;
  readonly critical: boolean;
  /** The DER inside the OCTET STRING. */
  readonly value: Buffer;
}

export interface BasicConstraints {
  readonly ca: boolean;
  /** Most intermediates below this certificate; null: no limit. */
  readonly pathLength: number | null;
}

export const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

export type KeyUsage = (typeof keyUsages)[number];

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Buffer | null;
  readonly issuer: readonly GeneralName[] | null;
  /** As Certificate.serialNumber. */
  readonly serialNumber: string | null;
}

export interface NameConstraints {
  /** Empty: every name is permitted. */
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export interface DistributionPoint {
  /** Where the list is; empty where the point has no full name. */
  readonly names: readonly GeneralName[];
  /** Whether it covers some revocation reasons only. */
  readonly partial: boolean;
  /** Who signs the list, where it isn't the certificate's issuer. */
  readonly crlIssuer: readonly GeneralName[] | null;
}

export interface AccessDescription {
  /** Dotted object identifier of the access method. */
  readonly method: string;
  readonly location: GeneralName;
}

/** The extensions that are understood here, null where a certificate has none of the kind. */
export interface Extensions {
  /** Every extension in the order of the certificate. */
  readonly all: readonly Extension[];
  readonly basicConstraints: BasicConstraints | null;
  readonly keyUsage: readonly KeyUsage[] | null;
  /** Dotted object identifiers of purposes. */
  readonly extendedKeyUsage: readonly string[] | null;
  /** Empty where there is no such extension. */
  readonly subjectAltNames: readonly GeneralName[];
  readonly nameConstraints: NameConstraints | null;
  readonly subjectKeyIdentifier: Buffer | null;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | null;
  /** Empty where there is no such extension. */
  readonly crlDistributionPoints: readonly DistributionPoint[];
  /** Empty where there is no such extension. */
  readonly authorityInfoAccess: readonly AccessDescription[];
  /** Dotted object identifiers of policies. */
  readonly certificatePolicies: readonly string[] | null;
  /**
   * Dotted object identifiers of critical extensions that nobody here understands, or that RFC 5280 lets
   * nobody make critical; a certificate that has any must not be relied on.
   */
  readonly unknownCritical: readonly string[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the Extensions of RFC 5280 section 4.1.2.9; null: there are none. Throws CertificateError. */
export function readExtensions(list: DerReader | null): Extensions {
  const all: Extension[] = [];
  const found: Writable<Extensions> = {
    all,
    basicConstraints: null,
    keyUsage: null,
    extendedKeyUsage: null,
    subjectAltNames: [],
    nameConstraints: null,
    subjectKeyIdentifier: null,
    authorityKeyIdentifier: null,
    crlDistributionPoints: [],
    authorityInfoAccess: [],
    certificatePolicies: null,
    unknownCritical: [],
  };
  if (list === null) return found;
  const seen = new Set<string>();
  const unknownCritical: string[] = [];
  found.unknownCritical = unknownCritical;
  while (!list.atEnd) {
    const start = list.position;
    const parts = list.sequence();
    const type = parts.oid();
    const critical = parts.nextTag === 0x01 && parts.boolean();
    const valueAt = parts.position;
    const value = parts.octetString();
    parts.position = valueAt;
    const content = parts.octetStringReader();
    parts.finish();
    if (seen.has(type)) {
      throw new CertificateError('duplicate-extension', fieldOf(type), start, 'appears twice');
    }
    seen.add(type);
    all.push({ type, critical, value });
    try {
      if (!readKnown(type, content, found)) {
        if (critical && !policyExtensions.has(type)) unknownCritical.push(type);
      } else {
        content.finish();
        if (critical && neverCritical.has(type)) unknownCritical.push(type);
      }
    } catch (error) {
      throw certificateError(error, 'bad-extension', fieldOf(type));
    }
  }
  return found;
}

const fields = new Map<string, string>([
  [OID.basicConstraints, 'basicConstraints'],
  [OID.keyUsage, 'keyUsage'],
  [OID.extendedKeyUsage, 'extKeyUsage'],
  [OID.subjectAltName, 'subjectAltName'],
  [OID.nameConstraints, 'nameConstraints'],
  [OID.subjectKeyIdentifier, 'subjectKeyIdentifier'],
  [OID.authorityKeyIdentifier, 'authorityKeyIdentifier'],
  [OID.crlDistributionPoints, 'cRLDistributionPoints'],
  [OID.authorityInfoAccess, 'authorityInfoAccess'],
  [OID.certificatePolicies, 'certificatePolicies'],
]);

/** Understood as far as no particular policy is asked for, which is all that is done with them. */
const policyExtensions: ReadonlySet<string> = new Set([
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
]);

/** RFC 5280 sections 4.2.1.1, 4.2.1.2 and 4.2.2.1; OpenSSL takes them for unknown then. */
const neverCritical: ReadonlySet<string> = new Set([
  OID.authorityKeyIdentifier,
  OID.subjectKeyIdentifier,
  OID.authorityInfoAccess,
]);

function fieldOf(type: string): string {
  return fields.get(type) ?? `extension ${type}`;
}

/** False: not an extension that is understood here. */
function readKnown(type: string, content: DerReader, found: Writable<Extensions>): boolean {
  switch (type) {
    case OID.basicConstraints:
      found.basicConstraints = readBasicConstraints(content.sequence());
      return true;
    case OID.keyUsage:
      found.keyUsage = readKeyUsage(content);
      return true;
    case OID.extendedKeyUsage:
      found.extendedKeyUsage = readSome(content.sequence(), (purposes) => purposes.oid());
      return true;
    case OID.subjectAltName:
      found.subjectAltNames = readGeneralNames(content.sequence());
      return true;
    case OID.nameConstraints:
      found.nameConstraints = readNameConstraints(content.sequence());
      return true;
    case OID.subjectKeyIdentifier:
      found.subjectKeyIdentifier = content.octetString();
      return true;
    case OID.authorityKeyIdentifier:
      found.authorityKeyIdentifier = readAuthorityKeyIdentifier(content.sequence());
      return true;
    case OID.crlDistributionPoints:
      found.crlDistributionPoints = readSome(content.sequence(), readDistributionPoint);
      return true;
    case OID.authorityInfoAccess:
      found.authorityInfoAccess = readSome(content.sequence(), readAccessDescription);
      return true;
    case OID.certificatePolicies:
      found.certificatePolicies = readSome(content.sequence(), (p) => p.sequence().oid());
      return true;
    default:
      return false;
  }
}

/** SEQUENCE SIZE (1..MAX) OF. */
function readSome<T>(list: DerReader, read: (list: DerReader) => T): T[] {
  const found = [read(list)];
  while (!list.atEnd) found.push(read(list));
  return found;
}

function readBasicConstraints(parts: DerReader): BasicConstraints {
  const ca = parts.nextTag === 0x01 && parts.boolean();
  const pathLength = parts.atEnd ? null : parts.smallInteger();
  parts.finish();
  return { ca, pathLength };
}

function readKeyUsage(content: DerReader): KeyUsage[] {
  const start = content.position;
  const { bytes } = content.bitString();
  if (bytes.length > 2) throw new DerError('bad-bit-string', start, 'more bits than are defined');
  return keyUsages.filter((_, bit) => (bytes[bit >> 3] & (0x80 >> (bit & 7))) !== 0);
}

function readNameConstraints(parts: DerReader): NameConstraints {
  const start = parts.position;
  const permitted = parts.optionalConstructed(0);
  const excluded = parts.optionalConstructed(1);
  parts.finish();
  if (permitted === null && excluded === null) {
    throw new DerError('unexpected-tag', start, 'neither permitted nor excluded names');
  }
  return {
    permitted: permitted === null ? [] : readSome(permitted, readSubtree),
    excluded: excluded === null ? [] : readSome(excluded, readSubtree),
  };
}

function readSubtree(list: DerReader): GeneralName {
  const parts = list.sequence();
  const base = readGeneralName(parts, 'subnet');
  const start = parts.position;
  const minimum = parts.optionalPrimitive(0);
  // RFC 5280 section 4.2.1.10: minimum is 0 and maximum is absent.
  if (!parts.atEnd || (minimum !== null && smallIntegerOf(minimum, start) !== 0)) {
    throw new DerError('bad-integer', start, 'subtree with minimum or maximum');
  }
  return base;
}

/** Reads an AuthorityKeyIdentifier (RFC 5280 section 4.2.1.1), which lists have as well. Throws DerError. */
export function readAuthorityKeyIdentifier(parts: DerReader): AuthorityKeyIdentifier {
  const keyIdentifier = parts.optionalPrimitive(0);
  const issuer = parts.optionalConstructed(1);
  const start = parts.position;
  const serial = parts.optionalPrimitive(2);
  parts.finish();
  if (serial?.length === 0) throw new DerError('bad-integer', start);
  return {
    keyIdentifier,
    issuer: issuer === null ? null : readGeneralNames(issuer),
    serialNumber: serial === null ? null : integerHex(serial),
  };
}

function readDistributionPoint(list: DerReader): DistributionPoint {
  const parts = list.sequence();
  const point = parts.optionalConstructed(0);
  const fullName = point?.optionalConstructed(0) ?? null;
  const names = fullName === null ? [] : readGeneralNames(fullName);
  if (point !== null && fullName === null) point.constructed(0xa1);
  point?.finish();
  const start = parts.position;
  const reasons = parts.optionalPrimitive(1);
  if (reasons !== null) bitStringOf(reasons, start);
  const issuer = parts.optionalConstructed(2);
  parts.finish();
  return {
    names,
    partial: reasons !== null,
    crlIssuer: issuer === null ? null : readGeneralNames(issuer),
  };
}

function readAccessDescription(list: DerReader): AccessDescription {
  const parts = list.sequence();
  const method = parts.oid();
  const location = readGeneralName(parts);
  parts.finish();
  return { method, location };
}
