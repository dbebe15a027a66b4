import type { Certificate } from '../pki/certificate.ts';
import { timeInDetail } from '../pki/peer-cause.ts';
import type { RevocationFault, RevocationSource } from '../pki/revocation.ts';

/** What an authority revoked, as it becomes known. */
export interface RevocationNews {
  /** SHA-256 of the SPKI of the certificate that issued them, lower-case hex. */
  readonly issuer: string;
  readonly revoked: readonly RevokedCertificate[];
}

export interface RevokedCertificate {
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** Milliseconds since the epoch. */
  readonly revokedAt: number;
  readonly reason: string;
}

/** A certificate by who issued it. */
export interface IssuedCertificate {
  /** As of RevocationNews. */
  readonly issuer: string;
  readonly serialNumber: string;
}

/**
 * The revocations of authorities whose journal is at hand. They are final: what was once told is never
 * taken back. Of an issuer that is known here no revocation list is needed.
 */
export class LiveRevocations {
  /** By issuer and serial number. */
  readonly #issuers = new Map<string, Map<string, RevokedCertificate>>();

  learn({ issuer, revoked }: RevocationNews): void {
    let known = this.#issuers.get(issuer);
    if (known === undefined) this.#issuers.set(issuer, (known = new Map()));
    for (const certificate of revoked) known.set(certificate.serialNumber, certificate);
  }

  /** These, and for other issuers what `lists` say; null: nothing is known of others. */
  besides(lists: RevocationSource | null): RevocationSource {
    return {
      check: (certificate, issuer, at) => {
        const known = this.#issuers.size === 0 ? undefined : this.#issuers.get(issuer.spkiPin);
        if (known === undefined)
          return lists === null ? null : lists.check(certificate, issuer, at);
        return (
          faultOf(known.get(certificate.serialNumber)) ?? revokedBy(lists, certificate, issuer, at)
        );
      },
    };
  }
}

function faultOf(revoked: RevokedCertificate | undefined): RevocationFault | null {
  if (revoked === undefined) return null;
  const detail = `on ${timeInDetail(revoked.revokedAt)}, reason ${revoked.reason}`;
  return { code: 'revoked', detail };
}

/** A list of an issuer that is known may be missing or out of date, but what it revokes is revoked. */
function revokedBy(
  lists: RevocationSource | null,
  certificate: Certificate,
  issuer: Certificate,
  at: number,
): RevocationFault | null {
  const fault = lists?.check(certificate, issuer, at) ?? null;
  return fault?.code === 'revoked' ? fault : null;
}
