import { parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { printName } from '../pki/name.ts';
import { type Authority, CLOCK_SKEW_MS, DAY_MS, type IssuedLeaf } from './authority.ts';
import { AuthorityError } from './authority-error.ts';
import { statusOf } from './journal.ts';
import type { LeafNames } from './leaf-names.ts';
import { namesByProfile } from './profile.ts';
import { readSignedRequest } from './signed-request.ts';
import { grantedNames, type TokenFault } from './token-book.ts';

export type EnrolmentFault =
  | TokenFault
  /** No request, or not signed by the key that it is for. */
  | 'bad-request'
  /** It names what is not granted. */
  | 'more-than-granted'
  /** The profile or a rule that certificates keep forbids it. */
  | 'not-allowed'
  /** No client certificate came along, or this authority did not issue it. */
  | 'not-ours'
  | 'revoked'
  | 'expired';

/** What became of a request; `detail` is for whoever asked. */
export type Enrolment =
  | { readonly kind: 'issued'; readonly leaf: IssuedLeaf; readonly by: string }
  | { readonly kind: 'refused'; readonly code: EnrolmentFault; readonly detail: string };

/**
 * Issues a certificate for the token with this secret, once. `request` is PEM; what it asks for beyond
 * the token's grant is refused and the token stays good, what it leaves out is granted all the same. The
 * certificate and the use of the token are on the disk before this resolves.
 */
export async function enrol(
  authority: Authority,
  secret: Uint8Array,
  request: string,
  now: number,
): Promise<Enrolment> {
  const tokens = authority.journal?.tokens;
  const state = tokens?.look(secret, now) ?? { kind: 'unknown-token' };
  if (state.kind !== 'good' || tokens === undefined) {
    const code = state.kind === 'good' ? 'unknown-token' : state.kind;
    return { kind: 'refused', code, detail: TOKEN_DETAILS[code] };
  }
  const { grant } = state;
  const profile = authority.profiles.get(grant.profile);
  if (profile === undefined) {
    return refused('not-allowed', `there is no profile ${grant.profile} any more`);
  }
  const read = readRequest(request);
  if ('kind' in read) return read;
  const names = namesByProfile(profile, grant.name, grantedNames(grant));
  const excess = excessOf(read, names);
  if (excess.length > 0) return moreThanGranted(excess);
  if (!tokens.claim(secret, now)) return refused('used-token', TOKEN_DETAILS['used-token']);
  const by = `token ${grant.name}`;
  try {
    const wanted = { ...names, publicKey: read.spki, now, requestedBy: by };
    return { kind: 'issued', leaf: await authority.issue(profile, wanted), by };
  } catch (error) {
    tokens.release(secret);
    if (error instanceof AuthorityError) return refused('not-allowed', error.message);
    throw error;
  }
}

/**
 * Issues the certificate `presented` (DER) again for the key of `request`: the same names, profile and
 * length of life. Whoever asks has shown that it has the key of `presented`.
 */
export async function renewPresented(
  authority: Authority,
  presented: Uint8Array | null,
  request: string,
  now: number,
): Promise<Enrolment> {
  const certificate = presented === null ? null : readCertificate(presented);
  if (certificate === null)
    return refused('not-ours', 'a client certificate is needed to renew it');
  const entry = authority.journal?.find(certificate.serialNumber) ?? null;
  if (entry?.fingerprint !== certificate.fingerprint) {
    return refused('not-ours', 'this authority did not issue that certificate');
  }
  const status = statusOf(entry, now);
  if (status === 'revoked') return refused('revoked', 'the certificate was revoked');
  if (status === 'expired') {
    return refused('expired', 'the certificate has expired; enrol again with a token');
  }
  const profile = authority.profiles.get(entry.profile);
  if (profile === undefined) {
    return refused('not-allowed', `there is no profile ${entry.profile} any more`);
  }
  const read = readRequest(request);
  if ('kind' in read) return read;
  const { subject, subjectAltNames, notBefore, notAfter } = certificate;
  const excess = excessOf(read, certificate);
  if (excess.length > 0) return moreThanGranted(excess);
  const life = (notAfter - notBefore - CLOCK_SKEW_MS) / DAY_MS;
  const by = `certificate ${certificate.serialNumber}`;
  try {
    const wanted = { subject, subjectAltNames, publicKey: read.spki, now, requestedBy: by };
    const leaf = await authority.issue(profile, { ...wanted, days: Math.max(life, MIN_DAYS) });
    return { kind: 'issued', leaf, by };
  } catch (error) {
    if (error instanceof AuthorityError) return refused('not-allowed', error.message);
    throw error;
  }
}

/** A minute. */
const MIN_DAYS = 1 / 1440;

const TOKEN_DETAILS: Readonly<Record<TokenFault, string>> = {
  'unknown-token': 'the token is unknown to this authority',
  'expired-token': 'the token has expired',
  'used-token': 'the token was used before',
};

type Refused = Extract<Enrolment, { kind: 'refused' }>;

function refused(code: EnrolmentFault, detail: string): Refused {
  return { kind: 'refused', code, detail };
}

function moreThanGranted(excess: readonly string[]): Refused {
  const shown = excess.slice(0, 10).join(', ').slice(0, 500);
  return refused('more-than-granted', `the request asks for more than is granted: ${shown}`);
}

/** What a request names and is not granted. */
function excessOf(request: CertificateRequest, granted: LeafNames): string[] {
  const known = new Set(granted.subjectAltNames.map(printGeneralName));
  const excess = request.subjectAltNames.map(printGeneralName).filter((name) => !known.has(name));
  const subject = printName(request.subject);
  if (subject !== '' && subject !== printName(granted.subject)) excess.unshift(subject);
  return excess;
}

function readRequest(pem: string): CertificateRequest | Refused {
  const read = readSignedRequest(pem);
  return read.kind === 'good' ? read.request : refused('bad-request', read.problem);
}

function readCertificate(der: Uint8Array): ReturnType<typeof parseCertificate> | null {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof CertificateError) return null;
    throw error;
  }
}
