import { der } from './der-writer.ts';
import type { Issuer } from './certificate-builder.ts';
import { OID } from './oids.ts';
import { signatureAlgorithmIdentifiers } from './signature.ts';

/** Why a certificate was revoked, as RFC 5280 section 5.3.1 numbers it. 7 is unused. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
} as const;

export type RevocationReason = keyof typeof revocationReasons;

/** One revoked certificate of an issuer. */
export interface RevokedEntry {
  /** Big-endian magnitude. */
  readonly serialNumber: Buffer;
  /** Milliseconds since the epoch. */
  readonly revokedAt: number;
  readonly reason: RevocationReason;
}

/** What a list says. */
export interface RevocationListTemplate {
  /** Grows with each list of an issuer. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  /** When the next list is there at the latest; milliseconds since the epoch. */
  readonly nextUpdate: number;
  readonly entries: readonly RevokedEntry[];
}

/**
 * Builds and signs a complete revocation list of version 2 (RFC 5280 section 5) and returns its DER.
 * Throws RangeError for a next update that is not after this one.
 */
export async function buildRevocationList(
  template: RevocationListTemplate,
  { subjectDer, keyIdentifier, signer }: Issuer,
): Promise<Buffer> {
  const { number, thisUpdate, nextUpdate, entries } = template;
  if (nextUpdate <= thisUpdate) throw new RangeError('nextUpdate is not after thisUpdate');
  const algorithm = signatureAlgorithmIdentifiers[signer.algorithm];
  const extensions = [extension(OID.crlNumber, der.integer(number))];
  if (keyIdentifier !== null) {
    const authority = der.sequence(der.implicit(0, keyIdentifier));
    extensions.unshift(extension(OID.authorityKeyIdentifier, authority));
  }
  const tbs = der.sequence(
    VERSION_2,
    algorithm,
    subjectDer,
    der.time(thisUpdate),
    der.time(nextUpdate),
    // A list without entries leaves the field out (RFC 5280 section 5.1.2.6).
    ...(entries.length > 0 ? [der.sequence(...entries.map(encodeEntry))] : []),
    der.explicit(0, der.sequence(...extensions)),
  );
  return der.sequence(tbs, algorithm, der.bitString(await signer.sign(tbs)));
}

function encodeEntry({ serialNumber, revokedAt, reason }: RevokedEntry): Buffer {
  const parts = [der.integer(serialNumber), der.time(revokedAt)];
  // `unspecified` is said by saying nothing (RFC 5280 section 5.3.1).
  if (reason !== 'unspecified') {
    const code = der.enumerated(revocationReasons[reason]);
    parts.push(der.sequence(extension(OID.reasonCode, code)));
  }
  return der.sequence(...parts);
}

function extension(type: string, value: Buffer): Buffer {
  return der.sequence(der.oid(type), der.octetString(value));
}

const VERSION_2 = der.integer(1);
