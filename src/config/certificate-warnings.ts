import type { Certificate } from '../pki/certificate.ts';
import { printNameForHeader } from '../pki/name.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { TrustBundle } from './trust-bundle.ts';

interface WarningContext {
  readonly report: Report;
  readonly now: number;
}

const DAY_MS = 86_400_000;

/** Longer than anything is meant to be valid. */
const LONG_VALIDITY_DAYS = 20 * 365;

/** Says what is old-fashioned about trust anchors; they are trusted as they are configured all the same. */
export function warnOfAnchors(bundle: TrustBundle, at: ConfigPath, context: WarningContext): void {
  for (const anchor of bundle.anchors) {
    const name = `the trust anchor ${nameOf(anchor)}`;
    const { basicConstraints } = anchor.extensions;
    if (anchor.version !== 3) {
      context.report.warning(
        at,
        `${name} is an X.509 v${anchor.version} certificate, which can't say that it is a CA`,
      );
    } else if (basicConstraints === null) {
      context.report.warning(
        at,
        `${name} has no basicConstraints: it does not say whether it is a CA`,
      );
    } else if (!basicConstraints.ca) {
      context.report.warning(at, `${name} is no CA: it admits itself and what its key signed`);
    }
    warnOfValidity(anchor, 'the trust anchor', at, context);
  }
}

/** Says what will soon, or does already, keep clients from accepting a server certificate. */
export function warnOfServerCertificate(
  chain: readonly Certificate[],
  at: ConfigPath,
  context: WarningContext,
): void {
  for (const [index, certificate] of chain.entries()) {
    warnOfSignature(certificate, at, context);
    const issuer = chain[index + 1];
    if (issuer !== undefined && certificate.canonicalIssuer !== issuer.canonicalSubject) {
      context.report.warning(
        at,
        `${nameOf(issuer)} stands behind ${nameOf(certificate)} but did not issue it: clients may miss a certificate between`,
      );
    }
  }
  const [leaf] = chain;
  if (leaf === undefined) return;
  warnOfValidity(leaf, 'the certificate', at, context);
  const purposes = leaf.extensions.extendedKeyUsage;
  if (purposes !== null && !purposes.some((purpose) => SERVER_PURPOSES.has(purpose))) {
    context.report.warning(
      at,
      `the certificate ${nameOf(leaf)} is not meant for servers (its extendedKeyUsage has no serverAuth)`,
    );
  }
}

/** What a self-signed certificate says of itself proves nothing in any case. */
function warnOfSignature(
  certificate: Certificate,
  at: ConfigPath,
  { report }: WarningContext,
): void {
  const { digest, name } = certificate.signatureAlgorithm;
  if (digest === null || !WEAK_DIGESTS.has(digest)) return;
  if (certificate.canonicalIssuer === certificate.canonicalSubject) return;
  report.warning(
    at,
    `the certificate ${nameOf(certificate)} is signed by ${name}, which clients refuse`,
  );
}

const WEAK_DIGESTS: ReadonlySet<string> = new Set(['md2', 'md5', 'sha1']);

/** Server names that the certificate does not carry: clients that come by them will refuse it. */
export function warnOfNames(
  leaf: Certificate,
  snis: readonly string[],
  at: ConfigPath,
  context: WarningContext,
): void {
  const carried = certificateNames(leaf);
  const missing = snis.filter((sni) => !carried.some((name) => nameCovers(name, sni)));
  if (missing.length === 0) return;
  const has = carried.length === 0 ? 'no name at all' : carried.join(', ');
  context.report.warning(
    at,
    `the certificate ${nameOf(leaf)} does not carry ${missing.join(', ')}; it has ${has}`,
  );
}

/** The names of a server certificate in lower case: its SAN dNSNames, else its most specific CN. */
export function certificateNames(leaf: Certificate): string[] {
  const sans = leaf.subjectAltNames.flatMap((san) => (san.kind === 'dns' ? [san.value] : []));
  if (leaf.subjectAltNames.length > 0) return sans.map((name) => name.toLowerCase());
  const commonName = leaf.subject.flat().findLast((attribute) => attribute.type === COMMON_NAME);
  return commonName === undefined ? [] : [commonName.value.toLowerCase()];
}

const COMMON_NAME = '2.5.4.3';
const SERVER_PURPOSES = new Set(['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']);

/** Whether a certificate's name, both in lower case, is good for a server name. */
export function nameCovers(name: string, sni: string): boolean {
  if (name === sni) return true;
  return (
    name.startsWith('*.') && !sni.startsWith('*.') && sni.slice(sni.indexOf('.')) === name.slice(1)
  );
}

function warnOfValidity(
  certificate: Certificate,
  role: string,
  at: ConfigPath,
  { report, now }: WarningContext,
): void {
  const { notBefore, notAfter } = certificate;
  const days = Math.round((notAfter - notBefore) / DAY_MS);
  // Of ten thousand certificates few have anything to be said about them, and be named.
  const warn = (text: string): void => report.warning(at, `${role} ${nameOf(certificate)} ${text}`);
  if (now > notAfter) warn(`expired at ${new Date(notAfter).toISOString()}`);
  else if (now < notBefore) warn(`is not valid before ${new Date(notBefore).toISOString()}`);
  else if (now > notBefore + ((notAfter - notBefore) * 2) / 3) {
    warn(`is in the last third of its life and expires at ${new Date(notAfter).toISOString()}`);
  }
  if (days > LONG_VALIDITY_DAYS) {
    warn(`is valid for ${days} days: who gets hold of its key has it for as long`);
  }
}

function nameOf(certificate: Certificate): string {
  const subject = printNameForHeader(certificate.subject);
  return subject === '' ? `with the serial number ${certificate.serialNumber}` : `"${subject}"`;
}
