import { parseCertificate, type Certificate } from './certificate.ts';
import { der } from './der-writer.ts';
import type { Name } from './name.ts';
import { encodeName } from './name-der.ts';
import { OID } from './oids.ts';

/**
 * A trust anchor that is only a name and a key (RFC 5280 section 6.1.1 d): an unsigned certificate
 * (RFC 9925) that is valid always and has no extensions. `spki` is a SubjectPublicKeyInfo in DER; throws
 * CertificateError where it is none.
 */
export function trustAnchorOfKey(subject: Name, spki: Uint8Array): Certificate {
  const name = encodeName(subject);
  const algorithm = der.sequence(der.oid(OID.unsigned));
  const tbs = der.sequence(
    der.integer(1),
    algorithm,
    name,
    der.sequence(der.time(ALWAYS_FROM), der.time(ALWAYS_TO)),
    name,
    Buffer.from(spki),
  );
  return parseCertificate(der.sequence(tbs, algorithm, der.bitString(Buffer.alloc(0))));
}

/** Whether a certificate is only a name and a key: its serial number means nothing. */
export function isUnsigned(certificate: Certificate): boolean {
  return certificate.signatureAlgorithm.oid === OID.unsigned;
}

const ALWAYS_FROM = Date.UTC(1950, 0, 1);
/** What RFC 5280 section 4.1.2.5 has for no end. */
const ALWAYS_TO = Date.UTC(9999, 11, 31, 23, 59, 59);
