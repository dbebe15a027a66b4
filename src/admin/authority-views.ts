import type { TokenDesk } from '../ca/authority-files.ts';
import { type JournalEntry, statusOf } from '../ca/journal.ts';
import { issuingListUrl } from '../ca/list-url.ts';
import type { Profile } from '../ca/profile.ts';
import type { PublishedFile, PublishedFiles } from '../ca/published-files.ts';
import type { KeptToken } from '../ca/token-book.ts';
import type { GatewayOptions } from '../gateway/options.ts';
import { candidateIdentities, type NamedCertificate } from '../identity/candidate.ts';
import { createUserDirectory, type UserDirectory } from '../identity/user-directory.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { printName } from '../pki/name.ts';
import { encodePem } from '../pki/pem.ts';
import { parseRevocationList } from '../pki/revocation-list.ts';
import type {
  AuthorityView,
  IssuedSummary,
  IssuedView,
  LeafPreviewView,
  TokenView,
} from './api/authority-schemas.ts';
import { tokenStatus } from './enrolment-tokens.ts';
import type { LeafProspect } from './leaf-issuance.ts';
import type { AttachedAuthority } from './running-gateway.ts';

const DAY_MS = 86_400_000;
/** What is valid for less than this is expiring. */
const EXPIRING_MS = 7 * DAY_MS;

/** The authority as the API tells of it. `list`: as published; null: none can be read. */
export function authorityView(
  { dir, authority, problem, enrolmentAddress }: AttachedAuthority,
  { root, issuing, journal, profiles }: TokenDesk,
  list: AuthorityView['crl'],
  now: number,
): AuthorityView {
  const count = (filter: Parameters<typeof journal.count>[0]): number => journal.count(filter, now);
  const isOver = now > issuing.notAfter;
  return {
    dir,
    root: certificateView(root),
    issuing: certificateView(issuing),
    signing: {
      possible: authority !== null && !isOver,
      is_locked: problem?.isLocked ?? false,
      problem: problem?.detail ?? (isOver ? 'the issuing certificate has expired' : null),
    },
    profiles: [...profiles.values()].map(profileView),
    counts: {
      valid: count({ status: 'valid' }),
      expiring: count({ expiringBefore: now + EXPIRING_MS }),
      expired: count({ status: 'expired' }),
      revoked: count({ status: 'revoked' }),
    },
    crl: list,
    list_url: issuingListUrl(issuing),
    enrolment: { address: enrolmentAddress, url: journal.tokens.url() },
  };
}

/** Tells of the published list; it is read once for each that there is. */
export class PublishedList {
  #read: { readonly file: PublishedFile; readonly view: AuthorityView['crl'] } | null = null;

  /** null: there is none that can be read. */
  async view(files: PublishedFiles): Promise<AuthorityView['crl']> {
    const file = await files.find('/issuing.crl').catch(() => null);
    if (file === null) return null;
    if (this.#read?.file !== file) this.#read = { file, view: listView(file) };
    return this.#read.view;
  }
}

function listView({ bytes }: PublishedFile): AuthorityView['crl'] {
  const { number, thisUpdate, nextUpdate, count } = parseRevocationList(bytes);
  return {
    number: number === null ? null : BigInt(`0x${number}`).toString(),
    this_update: iso(thisUpdate),
    next_update: nextUpdate === null ? null : iso(nextUpdate),
    revoked: count,
  };
}

export function issuedSummary(entry: JournalEntry, now: number): IssuedSummary {
  return {
    serial: entry.serialNumber,
    subject: entry.subject,
    subject_alt_names: [...entry.subjectAltNames],
    fingerprint: entry.fingerprint,
    profile: entry.profile,
    status: statusOf(entry, now),
    not_before: iso(entry.notBefore),
    not_after: iso(entry.notAfter),
    issued_at: iso(entry.issuedAt),
    revoked_at: entry.revokedAt === null ? null : iso(entry.revokedAt),
    reason: entry.reason,
    requested_by: entry.requestedBy,
  };
}

export function issuedView(
  entry: JournalEntry,
  { issuing }: TokenDesk,
  options: GatewayOptions | null,
  now: number,
): IssuedView {
  const certificate = parseCertificate(entry.der);
  return {
    ...issuedSummary(entry, now),
    issuer: printName(issuing.subject),
    key_type: certificate.publicKey.name,
    user: usersOf(options).match(certificate)?.user ?? null,
    certificate: [certificate, issuing].map(({ der }) => encodePem('CERTIFICATE', der)).join(''),
  };
}

export function previewView(
  { preview, keyType, holder, request, problems }: LeafProspect,
  profile: Profile,
  { issuing }: TokenDesk,
  options: GatewayOptions | null,
): LeafPreviewView {
  const { names } = holder;
  const users = usersOf(options);
  return {
    certificate:
      preview === null
        ? null
        : {
            profile: profile.name,
            kind: profile.kind,
            ...printedNames(names),
            issuer: printName(issuing.subject),
            not_before: iso(preview.template.notBefore),
            not_after: iso(preview.template.notAfter),
            cut: preview.cut,
            key_type: keyType,
            extended_key_usage: [profile.kind === 'server' ? 'serverAuth' : 'clientAuth'],
            revocation_list: issuingListUrl(issuing),
          },
    identities: candidateIdentities(names, users.rule).map(({ value }) => value),
    user: users.match(names)?.user ?? null,
    requested: request === null ? null : printedNames(request),
    problems: problems.map((problem) => ({ ...problem })),
  };
}

export function tokenView(token: KeptToken, now: number): TokenView {
  const { id, grant, createdAt, expiresAt, usedAt } = token;
  return {
    id,
    profile: grant.profile,
    kind: grant.kind,
    name: grant.name,
    status: tokenStatus(token, now),
    created_at: iso(createdAt),
    expires_at: iso(expiresAt),
    used_at: usedAt === null ? null : iso(usedAt),
  };
}

/** Names as the API has them. */
export function printedNames({ subject, subjectAltNames }: NamedCertificate): {
  subject: string;
  subject_alt_names: string[];
} {
  return {
    subject: printName(subject),
    subject_alt_names: subjectAltNames.map(printGeneralName),
  };
}

/** Of a snapshot, which is immutable; there may be many users. */
const directories = new WeakMap<GatewayOptions, UserDirectory>();
const NO_USERS = createUserDirectory([], 'exact');

/** By the rule of the first listener: a configuration has one. */
function usersOf(options: GatewayOptions | null): UserDirectory {
  if (options === null) return NO_USERS;
  let directory = directories.get(options);
  if (directory === undefined) {
    const rule = options.listeners[0]?.identity.dn ?? 'exact';
    directory = createUserDirectory(options.users, rule);
    directories.set(options, directory);
  }
  return directory;
}

function profileView(profile: Profile): AuthorityView['profiles'][number] {
  const { name, kind, days, maxDays, subject } = profile;
  const copy = (list: readonly string[] | null): string[] | null =>
    list === null ? null : [...list];
  return {
    name,
    kind,
    days,
    max_days: maxDays,
    key_types: copy(profile.keyTypes),
    dns_suffixes: copy(profile.dnsSuffixes),
    emails: copy(profile.emails),
    uris: copy(profile.uris),
    subject,
  };
}

function certificateView(certificate: Certificate): AuthorityView['root'] {
  return {
    subject: printName(certificate.subject),
    issuer: printName(certificate.issuer),
    serial: certificate.serialNumber,
    fingerprint: certificate.fingerprint,
    not_before: iso(certificate.notBefore),
    not_after: iso(certificate.notAfter),
    key_type: certificate.publicKey.name,
    certificate: encodePem('CERTIFICATE', certificate.der),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
