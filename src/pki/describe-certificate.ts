import type { Certificate } from './certificate.ts';
import { type GeneralName, printGeneralName } from './general-name.ts';
import { printName } from './name.ts';
import { OID, purposeName } from './oids.ts';

/** A certificate in plain data, ready to print or to become JSON. Null: the certificate doesn't say. */
export interface CertificateDescription {
  /** RFC 4514 text, most specific RDN first. */
  readonly subject: string;
  readonly issuer: string;
  /** As `DNS:x`, `email:x`, `URI:x`, `IP:x`, `UPN:x`. */
  readonly subjectAltNames: readonly string[];
  readonly version: 1 | 2 | 3;
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Such as `p256` or `rsa2048`. */
  readonly publicKey: string;
  readonly signatureAlgorithm: string;
  /** Whether subject and issuer are the same name. */
  readonly isSelfIssued: boolean;
  readonly isCa: boolean;
  readonly pathLength: number | null;
  readonly keyUsage: readonly string[] | null;
  readonly extendedKeyUsage: readonly string[] | null;
  readonly nameConstraints: {
    readonly permitted: readonly string[];
    readonly excluded: readonly string[];
  } | null;
  /** Lower-case hex. */
  readonly subjectKeyIdentifier: string | null;
  readonly authorityKeyIdentifier: string | null;
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
  readonly issuerUrls: readonly string[];
  /** Dotted identifiers of extensions that nobody here understands and that must be understood. */
  readonly unknownCriticalExtensions: readonly string[];
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex: what `pinned_certs` takes. */
  readonly spkiPin: string;
}

/** Describes a certificate for people: what `inspect` shows. Judges nothing. */
export function describeCertificate(certificate: Certificate): CertificateDescription {
  const { extensions } = certificate;
  return {
    subject: printName(certificate.subject),
    issuer: printName(certificate.issuer),
    subjectAltNames: certificate.subjectAltNames.map(printGeneralName),
    version: certificate.version,
    serialNumber: certificate.serialNumber,
    notBefore: new Date(certificate.notBefore).toISOString(),
    notAfter: new Date(certificate.notAfter).toISOString(),
    publicKey: certificate.publicKey.name,
    signatureAlgorithm: certificate.signatureAlgorithm.name,
    isSelfIssued: certificate.canonicalSubject === certificate.canonicalIssuer,
    isCa: extensions.basicConstraints?.ca ?? false,
    pathLength: extensions.basicConstraints?.pathLength ?? null,
    keyUsage: extensions.keyUsage,
    extendedKeyUsage: extensions.extendedKeyUsage?.map(purposeName) ?? null,
    nameConstraints: extensions.nameConstraints && {
      permitted: extensions.nameConstraints.permitted.map(printGeneralName),
      excluded: extensions.nameConstraints.excluded.map(printGeneralName),
    },
    subjectKeyIdentifier: extensions.subjectKeyIdentifier?.toString('hex') ?? null,
    authorityKeyIdentifier:
      extensions.authorityKeyIdentifier?.keyIdentifier?.toString('hex') ?? null,
    crlUrls: extensions.crlDistributionPoints.flatMap((point) => point.names).flatMap(printableUrl),
    ocspUrls: accessUrls(certificate, OID.ocsp),
    issuerUrls: accessUrls(certificate, OID.caIssuers),
    unknownCriticalExtensions: extensions.unknownCritical,
    fingerprint: certificate.fingerprint,
    spkiPin: certificate.spkiPin,
  };
}

function accessUrls(certificate: Certificate, method: string): string[] {
  return certificate.extensions.authorityInfoAccess.flatMap((access) =>
    access.method === method ? printableUrl(access.location) : [],
  );
}

/** The URL that a name is, if it is one, with whatever has no place in a URL percent-encoded. */
function printableUrl(name: GeneralName): string[] {
  return name.kind === 'uri' ? [name.value.replaceAll(/[^!-~]/g, encodeURIComponent)] : [];
}
