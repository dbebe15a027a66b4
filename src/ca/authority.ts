import { buildCertificate, randomSerialNumber } from '../pki/certificate-builder.ts';
import type { CertificateTemplate, Issuer } from '../pki/certificate-builder.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import type { GeneralName } from '../pki/general-name.ts';
import type { Name } from '../pki/name.ts';
import type { Signer } from '../pki/signer.ts';
import { AuthorityError } from './authority-error.ts';
import { type LintFailure, LintedTemplate } from './lint/lint.ts';
import { strongKey } from './lint/strong-key.ts';
import type { Journal, Revocation, Revoked } from './journal.ts';
import { issuingListUrl } from './list-url.ts';
import {
  clientProfile,
  type Profile,
  type ProfileObjection,
  profileObjections,
  profileProblems,
  serverProfile,
} from './profile.ts';
import {
  buildRevocationList,
  type RevocationReason,
  type RevokedEntry,
} from '../pki/revocation-list-builder.ts';

/** How far notBefore lies in the past, so that a peer whose clock is slow accepts a fresh certificate. */
export const CLOCK_SKEW_MS = 60_000;

export const DAY_MS = 86_400_000;

/** What a leaf is to say. Its names were validated by whoever took them from outside. */
export interface LeafRequest {
  readonly subject: Name;
  readonly subjectAltNames: readonly GeneralName[];
  /** SubjectPublicKeyInfo, DER: of a new key, or from a request whose signature was verified. */
  readonly publicKey: Buffer;
  /** Cut where the issuer's own validity ends. Default: the profile's. */
  readonly days?: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Who asks, for the journal. Default `library`. */
  readonly requestedBy?: string;
}

/** A certificate that was issued. */
export interface IssuedLeaf {
  readonly certificate: Certificate;
  /** Leaf first, then the intermediates, without the root. */
  readonly chain: readonly Certificate[];
  /** Whether the issuer's own end cut its life short of what was asked for. */
  readonly cut: boolean;
}

/** An authority that is ready to issue. */
export interface Authority {
  /** The root: what verifiers are given as their trust anchor. */
  readonly root: Certificate;
  /** The intermediate that signs leaves. */
  readonly issuing: Certificate;
  /**
   * Issues a server certificate. Throws AuthorityError for a key that is too weak (`weak-key`), names
   * that no certificate may have (`lint`), a life of no days (`bad-lifetime`), and once the issuer has
   * expired (`expired`).
   */
  issueServer(request: LeafRequest): Promise<IssuedLeaf>;
  /** Issues a client certificate. Throws as issueServer. */
  issueClient(request: LeafRequest): Promise<IssuedLeaf>;
  /** Issues a certificate of another profile. Throws as issueServer, and `profile` for what that forbids. */
  issue(profile: Profile, request: LeafRequest): Promise<IssuedLeaf>;
  /** By name: `server`, `client`, and those of its own. */
  readonly profiles: ReadonlyMap<string, Profile>;
  /** What it issued; null: this authority keeps no journal, and then it can't revoke. */
  readonly journal: Journal | null;
  /**
   * Revokes a certificate of its own in the journal; the next list names it. Throws AuthorityError
   * `no-journal`.
   */
  revoke(serialNumber: string, reason: RevocationReason, now: number): Revoked;
  /** The revocation list of now, DER. Throws AuthorityError `no-journal`. */
  revocationList(now: number): Promise<Buffer>;
}

/** How long a revocation list holds, milliseconds. */
export const LIST_LIFE_MS = 7 * DAY_MS;

export interface AuthorityOptions {
  /** Where each certificate is noted before anyone has it; null: nowhere. */
  readonly journal: Journal | null;
  /** Profiles besides `server` and `client`, by name. Default: none. */
  readonly profiles?: ReadonlyMap<string, Profile>;
  /** The source of serial numbers. Default: the system's. */
  readonly random?: (bytes: number) => Buffer;
}

/**
 * An authority over certificates in hand: the first intermediate signs leaves by `signer`, each
 * further one issued the one before it.
 */
export function authorityOf(
  root: Certificate,
  intermediates: readonly Certificate[],
  signer: Signer,
  options: AuthorityOptions,
): Authority {
  const { journal, random } = options;
  const issuing = intermediates[0];
  const issuer: Issuer = {
    subjectDer: issuing.subjectDer,
    keyIdentifier: issuing.extensions.subjectKeyIdentifier,
    revocationListUrl: issuingListUrl(issuing),
    signer,
  };
  const issue = async (profile: Profile, request: LeafRequest): Promise<IssuedLeaf> => {
    const { template, days, cut } = leafTemplate(profile, request, issuing, random);
    const { now, publicKey } = request;
    const problems = profileProblems(profile, { names: request, publicKey, days });
    if (problems.length > 0) {
      throw new AuthorityError('profile', `profile ${profile.name}: ${problems.join('; ')}`);
    }
    const certificate = await signLeaf(linted(template, issuing), issuer);
    journal?.record(certificate, profile.name, request.requestedBy ?? 'library', now);
    return { certificate, chain: [certificate, ...intermediates], cut };
  };
  return {
    root,
    issuing,
    issueServer: (request) => issue(serverProfile, request),
    issueClient: (request) => issue(clientProfile, request),
    issue,
    profiles: new Map([
      [serverProfile.name, serverProfile],
      [clientProfile.name, clientProfile],
      ...(options.profiles ?? []),
    ]),
    journal,
    revoke: (serialNumber, reason, now) => kept(journal).revoke(serialNumber, reason, now),
    revocationList: (now) => {
      const entries = kept(journal).revoked(now).map(revokedEntry);
      const number = kept(journal).nextListNumber();
      const times = { thisUpdate: now - CLOCK_SKEW_MS, nextUpdate: now + LIST_LIFE_MS };
      return buildRevocationList({ number, ...times, entries }, issuer);
    },
  };
}

/** What a leaf would say, and everything that stands against issuing it. */
export interface LeafPreview {
  readonly template: CertificateTemplate;
  /** As of IssuedLeaf. */
  readonly cut: boolean;
  readonly objections: readonly ProfileObjection[];
  readonly failures: readonly LintFailure[];
}

/**
 * What `issue` would make of a request to the authority of `issuing`, without signing anything. Throws
 * AuthorityError `bad-lifetime` and `expired`.
 */
export function previewLeaf(
  profile: Profile,
  request: LeafRequest,
  issuing: Certificate,
): LeafPreview {
  const { template, days, cut } = leafTemplate(profile, request, issuing);
  const result = LintedTemplate.lint(template, issuing);
  return {
    template,
    cut,
    objections: profileObjections(profile, { names: request, publicKey: request.publicKey, days }),
    failures: result instanceof LintedTemplate ? [] : result,
  };
}

function leafTemplate(
  profile: Profile,
  request: LeafRequest,
  issuing: Certificate,
  random?: (bytes: number) => Buffer,
): { readonly template: CertificateTemplate; readonly days: number; readonly cut: boolean } {
  const { days = profile.days, now, subject, subjectAltNames, publicKey } = request;
  const { notBefore, notAfter, cut } = lifetime(days, now, issuing);
  const serialNumber = randomSerialNumber(random);
  const role = { kind: profile.kind };
  return {
    template: { role, subject, subjectAltNames, publicKey, serialNumber, notBefore, notAfter },
    days,
    cut,
  };
}

function kept(journal: Journal | null): Journal {
  if (journal !== null) return journal;
  throw new AuthorityError('no-journal', 'this authority keeps no journal of what it issued');
}

function revokedEntry({ serialNumber, revokedAt, reason }: Revocation): RevokedEntry {
  return {
    serialNumber: Buffer.from(
      serialNumber.padStart(serialNumber.length + (serialNumber.length % 2), '0'),
      'hex',
    ),
    revokedAt,
    reason,
  };
}

function lifetime(
  days: number,
  now: number,
  issuing: Certificate,
): { notBefore: number; notAfter: number; cut: boolean } {
  if (!(days > 0 && days <= 36_500)) {
    throw new AuthorityError('bad-lifetime', `${days} days is no lifetime; give 1 to 36500 days`);
  }
  if (now > issuing.notAfter) {
    const since = new Date(issuing.notAfter).toISOString().slice(0, 10);
    throw new AuthorityError('expired', `the issuing certificate expired on ${since}`);
  }
  const wanted = now + days * DAY_MS;
  return {
    notBefore: Math.max(now - CLOCK_SKEW_MS, issuing.notBefore),
    notAfter: Math.min(wanted, issuing.notAfter),
    cut: wanted > issuing.notAfter,
  };
}

/** Throws AuthorityError: `weak-key` where that is all that is wrong, otherwise `lint`. */
function linted(template: CertificateTemplate, issuing: Certificate): LintedTemplate {
  const result = LintedTemplate.lint(template, issuing);
  if (result instanceof LintedTemplate) return result;
  const isKeyAlone = result.every(({ rule }) => rule === strongKey);
  const problems = result.map(({ rule, problem }) => `${problem} (${rule.citation})`);
  throw new AuthorityError(isKeyAlone ? 'weak-key' : 'lint', problems.join('; '));
}

/** The only way to a signature of the authority on a certificate. */
async function signLeaf(leaf: LintedTemplate, issuer: Issuer): Promise<Certificate> {
  return parseCertificate(await buildCertificate(leaf.template, issuer));
}
