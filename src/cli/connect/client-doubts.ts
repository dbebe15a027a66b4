import type { Certificate } from '../../pki/certificate.ts';
import { DerError } from '../../pki/der.ts';
import { printName } from '../../pki/name.ts';
import { canonicalName, decodeName } from '../../pki/name-der.ts';
import { OID, purposeName } from '../../pki/oids.ts';
import type { CertificateRequest } from './facts.ts';
import { span } from '../time-text.ts';

/**
 * What a server could have against the certificate that it was shown, by what can be seen from here:
 * each one a sentence. Empty: nothing. Revocation, users and the server's own rules can't be seen.
 */
export function clientDoubts(
  chain: readonly Certificate[],
  request: CertificateRequest | null,
  now: number,
): string[] {
  const [leaf] = chain;
  if (leaf === undefined) return [];
  const { extensions } = leaf;
  const doubts: string[] = [];
  if (now >= leaf.notAfter + 1000) {
    doubts.push(`the client's certificate expired ${span(now - leaf.notAfter)} ago`);
  }
  if (now < leaf.notBefore) {
    doubts.push(`the client's certificate is not valid for another ${span(leaf.notBefore - now)}`);
  }
  const purposes = extensions.extendedKeyUsage;
  if (purposes !== null && !purposes.includes(OID.clientAuth)) {
    const named = purposes.map(purposeName).join(' and ');
    doubts.push(`the client's certificate is for ${named}, not for clientAuth`);
  }
  if (extensions.basicConstraints?.ca === true) {
    doubts.push("the client's certificate is that of a CA");
  }
  const doubt = request === null ? null : issuerDoubt(chain, request);
  return doubt === null ? doubts : [...doubts, doubt];
}

/** A server that names CAs wants a chain that ends in one of them (RFC 8446, section 4.2.4). */
function issuerDoubt(chain: readonly Certificate[], request: CertificateRequest): string | null {
  const wanted = request.authorities.flatMap(canonical);
  if (wanted.length === 0) return null;
  const has = chain.some(
    ({ canonicalIssuer, canonicalSubject }) =>
      wanted.includes(canonicalIssuer) || wanted.includes(canonicalSubject),
  );
  if (has) return null;
  const top = chain[chain.length - 1];
  const issuer = printName(top.issuer) || '(empty name)';
  return `the client's certificate comes from ${issuer}, which is none of the CAs that the server asks for`;
}

function canonical(der: Buffer): string[] {
  try {
    return [canonicalName(decodeName(der))];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}
