import type { KeyObject } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildCertificate,
  buildRoot,
  keyIdentifierOf,
  randomSerialNumber,
} from '../pki/certificate-builder.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import {
  decodePrivateKey,
  encodePrivateKey,
  generatePrivateKey,
  KeyError,
  keyMatches,
  type KeyType,
} from '../pki/keys.ts';
import { encodeName } from '../pki/name-der.ts';
import { decodeCertificates, encodePem, PemError } from '../pki/pem.ts';
import { keySigner } from '../pki/signer.ts';
import { type ExistingFiles, FileExistsError, writeFileSet } from '../store/file-set.ts';
import { type Authority, authorityOf, CLOCK_SKEW_MS, DAY_MS } from './authority.ts';
import { AuthorityError } from './authority-error.ts';
import { type Journal, openJournal } from './journal.ts';
import { rootListUrl } from './list-url.ts';
import {
  clientProfile,
  parseProfiles,
  type Profile,
  ProfileError,
  serverProfile,
} from './profile.ts';
import { buildRevocationList } from '../pki/revocation-list-builder.ts';
import { InvalidNameError } from './invalid-name.ts';
import { subjectOf } from './requested-subject.ts';

/** Where an authority keeps its files. */
export interface AuthorityPaths {
  /** The trust anchors, for everybody. */
  readonly anchors: string;
  readonly rootKey: string;
  readonly issuingCertificate: string;
  readonly issuingKey: string;
  /** The revocation lists of issuing certificate and root, for everybody. */
  readonly revocationLists: string;
  /** The root's own list, signed once: what it issued is not revoked but replaced. */
  readonly rootRevocationList: string;
  readonly journal: string;
  /** Profiles of the user's own, JSON; it need not be there. */
  readonly profiles: string;
}

export interface NewAuthorityOptions {
  /** Common name of the root, at most 56 characters. Default `Countersign CA`. */
  readonly name?: string;
  /** Kind of both keys. Default p256. */
  readonly keyType?: KeyType;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What to do where there is an authority already. Default: refuse. */
  readonly existing?: ExistingFiles;
  /**
   * URL under which the revocation lists will be had, `http://HOST[:PORT]`; every certificate names its list
   * there. Default: null, none does.
   */
  readonly listUrl?: string | null;
  /** Both keys are encrypted with it. Default: null, they lie as they are in files of mode 0600. */
  readonly passphrase?: string | null;
}

/** Asks for the passphrase of an encrypted key; null: nobody knows it. */
export type PassphraseSource = (keyPath: string) => Promise<string | null>;

const ROOT_DAYS = 3653;
const ISSUING_DAYS = 1827;
const ISSUING_SUFFIX = ' Issuing';

/** The paths of the authority in `dir`. */
export function authorityPaths(dir: string): AuthorityPaths {
  return {
    anchors: join(dir, 'ca.crt'),
    rootKey: join(dir, 'ca', 'root.key'),
    issuingCertificate: join(dir, 'ca', 'issuing.crt'),
    issuingKey: join(dir, 'ca', 'issuing.key'),
    revocationLists: join(dir, 'ca.crl'),
    rootRevocationList: join(dir, 'ca', 'root.crl'),
    journal: join(dir, 'ca', 'journal.db'),
    profiles: join(dir, 'ca', 'profiles.json'),
  };
}

/**
 * Makes a new authority in `dir`: a root of ten years and an intermediate of five that signs the
 * leaves, each with its own key. All files are written or none. Throws AuthorityError `exists`, and
 * InvalidNameError for the name and the URL.
 */
export async function createAuthority(
  dir: string,
  options: NewAuthorityOptions,
): Promise<Authority> {
  const { name = 'Countersign CA', keyType = 'p256', now, existing = 'refuse' } = options;
  const { passphrase = null, listUrl = null } = options;
  const longest = 64 - ISSUING_SUFFIX.length;
  if (Array.from(name).length > longest) {
    throw new InvalidNameError(
      'subject',
      name,
      `the name of an authority has at most ${longest} characters`,
    );
  }
  const paths = authorityPaths(dir);
  const rootKey = await generatePrivateKey(keyType);
  const issuingKey = await generatePrivateKey(keyType);
  const rootSigner = keySigner(rootKey);
  const issuingSigner = keySigner(issuingKey);
  const rootName = subjectOf(name);
  const shared = { subjectAltNames: [], notBefore: now - CLOCK_SKEW_MS };
  const root = await buildRoot(
    {
      ...shared,
      role: { kind: 'root', pathLength: null },
      subject: rootName,
      publicKey: rootSigner.publicKey,
      serialNumber: randomSerialNumber(),
      notAfter: now + ROOT_DAYS * DAY_MS,
    },
    rootSigner,
  );
  const rootIssuer = {
    subjectDer: encodeName(rootName),
    keyIdentifier: keyIdentifierOf(rootSigner.publicKey),
    revocationListUrl: listUrl === null ? null : rootListUrl(listUrl),
    signer: rootSigner,
  };
  const issuing = await buildCertificate(
    {
      ...shared,
      role: { kind: 'intermediate', pathLength: 0 },
      subject: subjectOf(`${name}${ISSUING_SUFFIX}`),
      publicKey: issuingSigner.publicKey,
      serialNumber: randomSerialNumber(),
      notAfter: now + ISSUING_DAYS * DAY_MS,
    },
    rootIssuer,
  );
  const rootList = await buildRevocationList(
    {
      number: 1,
      thisUpdate: now - CLOCK_SKEW_MS,
      nextUpdate: now + ROOT_DAYS * DAY_MS,
      entries: [],
    },
    rootIssuer,
  );
  const certificate = parseCertificate(issuing);
  if (existing === 'refuse') await refuseExisting(paths);
  const journal = openJournal(paths.journal, certificate);
  const authority = authorityOf(parseCertificate(root), [certificate], issuingSigner, { journal });
  const rootListPem = encodePem('X509 CRL', rootList);
  const lists = encodePem('X509 CRL', await authority.revocationList(now)) + rootListPem;
  // The anchors come last: where they stand, the rest is complete.
  const files = [
    { path: paths.rootKey, contents: encodePrivateKey(rootKey, passphrase), mode: 0o600 },
    { path: paths.issuingKey, contents: encodePrivateKey(issuingKey, passphrase), mode: 0o600 },
    { path: paths.rootRevocationList, contents: rootListPem, mode: 0o644 },
    { path: paths.revocationLists, contents: lists, mode: 0o644 },
    { path: paths.issuingCertificate, contents: encodePem('CERTIFICATE', issuing), mode: 0o644 },
    { path: paths.anchors, contents: encodePem('CERTIFICATE', root), mode: 0o644 },
  ];
  try {
    await writeFileSet(files, existing);
  } catch (error) {
    journal.close();
    throw error instanceof FileExistsError ? alreadyThere(error.path) : error;
  }
  return authority;
}

/** Before anything is written: the journal would be, which is not among the files that are written together. */
async function refuseExisting(paths: AuthorityPaths): Promise<void> {
  const { rootKey, issuingKey, issuingCertificate, revocationLists, anchors } = paths;
  for (const path of [anchors, rootKey, issuingKey, issuingCertificate, revocationLists]) {
    if ((await readIfThere(path)) !== null) throw alreadyThere(path);
  }
}

function alreadyThere(path: string): AuthorityError {
  return new AuthorityError('exists', `${path} exists already`);
}

/**
 * Opens the authority in `dir` for issuing; `passphrase` is asked where its key is encrypted. Throws
 * AuthorityError `missing` where there is none, `locked` and `wrong-passphrase` where its key can't be
 * had, and `damaged` where its files can't be read as what they are or don't belong together, or there is no
 * journal: nobody could say what was issued and revoked.
 */
export async function openAuthority(
  dir: string,
  passphrase: PassphraseSource = async () => null,
): Promise<Authority> {
  const paths = authorityPaths(dir);
  const anchors = await readCertificates(paths.anchors, dir);
  const intermediates = await readCertificates(paths.issuingCertificate, dir);
  const top = intermediates[intermediates.length - 1];
  const root = anchors.find((anchor) => anchor.canonicalSubject === top.canonicalIssuer);
  if (root === undefined) {
    throw new AuthorityError(
      'damaged',
      `${paths.anchors} does not hold the issuer of ${paths.issuingCertificate}; restore both from one backup`,
    );
  }
  const key = await readKey(paths.issuingKey, dir, passphrase);
  if (!keyMatches(key, intermediates[0].spki)) {
    throw new AuthorityError(
      'damaged',
      `${paths.issuingKey} is not the key of ${paths.issuingCertificate}; restore both from one backup`,
    );
  }
  const profiles = await readProfiles(paths.profiles);
  const journal = await openOwnJournal(paths.journal, intermediates[0]);
  return authorityOf(root, intermediates, keySigner(key), { journal, profiles });
}

/** What an authority issued, without the keys to issue more. */
export interface AuthorityJournal {
  /** The intermediate that signs leaves. */
  readonly issuing: Certificate;
  readonly journal: Journal;
}

/**
 * Opens the journal of the authority in `dir`. Throws AuthorityError `missing` where there is no authority, and
 * `damaged` where it has no journal: nobody could say what was revoked.
 */
export async function openAuthorityJournal(dir: string): Promise<AuthorityJournal> {
  const paths = authorityPaths(dir);
  const [issuing] = await readCertificates(paths.issuingCertificate, dir);
  return { issuing, journal: await openOwnJournal(paths.journal, issuing) };
}

/** Opens the journal that an authority began when it was made. Throws AuthorityError `damaged` where it is gone. */
async function openOwnJournal(path: string, issuing: Certificate): Promise<Journal> {
  const otherwise =
    'restore it from a backup; without one only a new authority (init --force) can vouch for anything';
  await access(path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    const what = `${path} is missing, which knows what was issued and revoked`;
    throw new AuthorityError('damaged', `${what}: ${otherwise}`);
  });
  const journal = openJournal(path, issuing);
  // Its first list was made together with it.
  if (journal.lastListNumber() > 0) return journal;
  journal.close();
  const what = `${path} knows nothing of this authority, so not what it revoked either`;
  throw new AuthorityError('damaged', `${what}: ${otherwise}`);
}

/** What it takes to permit an enrolment and to revoke: no key. */
export interface TokenDesk {
  readonly root: Certificate;
  /** The intermediate that signs leaves. */
  readonly issuing: Certificate;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly journal: Journal;
}

/** Opens the authority in `dir` for making tokens. Throws as openAuthorityJournal. */
export async function openTokenDesk(dir: string): Promise<TokenDesk> {
  const paths = authorityPaths(dir);
  const { issuing, journal } = await openAuthorityJournal(dir);
  const anchors = await readCertificates(paths.anchors, dir);
  const root = anchors.find((anchor) => anchor.canonicalSubject === issuing.canonicalIssuer);
  if (root === undefined) {
    throw new AuthorityError('damaged', `${paths.anchors} does not hold the authority's root`);
  }
  const own = await readProfiles(paths.profiles);
  const builtIn = [serverProfile, clientProfile].map((profile) => [profile.name, profile] as const);
  return { root, issuing, journal, profiles: new Map([...builtIn, ...own]) };
}

async function readKey(
  path: string,
  dir: string,
  passphrase: PassphraseSource,
): Promise<KeyObject> {
  const pem = await readText(path, dir);
  const isEncrypted = pem.includes('ENCRYPTED');
  const given = isEncrypted ? await passphrase(path) : null;
  try {
    return readAs(path, () => decodePrivateKey(pem, given));
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw error.code === 'encrypted'
      ? new AuthorityError('locked', `${path} is encrypted, and there is no passphrase`)
      : new AuthorityError('wrong-passphrase', `the passphrase does not open ${path}`);
  }
}

async function readProfiles(path: string): Promise<ReadonlyMap<string, Profile>> {
  const text = await readIfThere(path);
  if (text === null) return new Map();
  try {
    return parseProfiles(text);
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    throw new AuthorityError('profile', `${path}: ${error.message}`);
  }
}

/** Null: there is no such file. */
async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Writes the revocation lists of the authority in `dir` as of `now`: that of its issuing certificate, and
 * that of its root where there is one. Returns the path of the file. Throws AuthorityError `replaced` where another
 * authority lies in `dir` by now.
 */
export async function publishRevocationLists(
  dir: string,
  authority: Authority,
  now: number,
): Promise<string> {
  const { revocationLists, rootRevocationList, issuingCertificate } = authorityPaths(dir);
  const [issuing] = await readCertificates(issuingCertificate, dir);
  if (!issuing.equals(authority.issuing)) {
    throw new AuthorityError(
      'replaced',
      `${dir} holds another authority by now, whose revocation lists are not this one's to write`,
    );
  }
  const rootList = (await readIfThere(rootRevocationList)) ?? '';
  for (;;) {
    const own = encodePem('X509 CRL', await authority.revocationList(now));
    const number = authority.journal?.lastListNumber();
    const contents = own + rootList;
    await writeFileSet([{ path: revocationLists, contents, mode: 0o644 }], 'replace');
    // Where another process made a list meanwhile, it may have written its own before this one.
    if (authority.journal?.lastListNumber() === number) return revocationLists;
  }
}

/** Why a key that is not damaged can't be read. */
const LOCKED = new Set(['encrypted', 'wrong-passphrase']);

async function readCertificates(path: string, dir: string): Promise<Certificate[]> {
  const pem = await readText(path, dir);
  return readAs(path, () => decodeCertificates(pem).map(parseCertificate));
}

async function readText(path: string, dir: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new AuthorityError('missing', `there is no authority in ${dir} (no ${path})`);
  }
}

function readAs<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const known =
      error instanceof PemError || error instanceof KeyError || error instanceof CertificateError;
    const isLocked = error instanceof KeyError && LOCKED.has(error.code);
    if (!known || isLocked) throw error;
    throw new AuthorityError('damaged', `${path}: ${error.message}; restore it from a backup`);
  }
}
