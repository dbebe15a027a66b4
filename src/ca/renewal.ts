import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import {
  decodePrivateKey,
  describeKey,
  encodePublicKey,
  generatePrivateKey,
  isKeyType,
  KeyError,
  keyMatches,
} from '../pki/keys.ts';
import { decodeCertificates, PemError } from '../pki/pem.ts';
import { type Authority, CLOCK_SKEW_MS, DAY_MS } from './authority.ts';
import { AuthorityError } from './authority-error.ts';
import { writeLeaf } from './leaf-files.ts';

/** When a certificate is to be renewed: when two thirds of its life are over; milliseconds since the epoch. */
export function renewalTime({ notBefore, notAfter }: Certificate): number {
  return notBefore + ((notAfter - notBefore) * 2) / 3;
}

export interface RenewalOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Leaves one alone whose renewalTime has not come. */
  readonly onlyDue: boolean;
  /** A new key is of the same kind. */
  readonly key: 'same' | 'new';
  /** Where the key lies. Default: NAME.key for NAME.crt. */
  readonly keyPath?: string;
  /** Default: as many as the certificate has. */
  readonly days?: number;
}

/** What became of a certificate file; `certificate` is what it holds now. */
export interface Renewed {
  readonly kind: 'renewed' | 'not-due';
  readonly certificate: Certificate;
}

/**
 * Issues the certificate in `path` (NAME.crt) again for a new time, with the same subject and SANs, and
 * replaces it and its key (NAME.key) together. Throws AuthorityError `not-ours` for a certificate that
 * `authority` did not issue, `revoked` for one that was revoked, and `damaged` where the files can't be
 * read as what they are.
 */
export async function renewFiles(
  path: string,
  authority: Authority,
  options: RenewalOptions,
): Promise<Renewed> {
  const { keyPath = path.replace(/\.crt$/, '.key') } = options;
  const certificate = await readCertificateFile(path);
  const entry = authority.journal?.find(certificate.serialNumber);
  if (entry?.fingerprint !== certificate.fingerprint) {
    throw new AuthorityError('not-ours', `${path}: this authority did not issue that certificate`);
  }
  if (entry.revokedAt !== null) {
    throw new AuthorityError('revoked', `${path} was revoked; issue a new one in its place`);
  }
  const { now } = options;
  if (options.onlyDue && now < renewalTime(certificate)) return { kind: 'not-due', certificate };
  const old = await readKeyFile(keyPath, certificate);
  const key = options.key === 'same' ? old : await keyLike(old);
  const life = (certificate.notAfter - certificate.notBefore - CLOCK_SKEW_MS) / DAY_MS;
  const request = {
    subject: certificate.subject,
    subjectAltNames: certificate.subjectAltNames,
    publicKey: encodePublicKey(key),
    days: options.days ?? Math.max(life, MIN_DAYS),
    now,
    requestedBy: `renewal of ${certificate.serialNumber}`,
  };
  const profile = authority.profiles.get(entry.profile);
  if (profile === undefined) {
    throw new AuthorityError('profile', `${path}: there is no profile ${entry.profile} any more`);
  }
  const leaf = await authority.issue(profile, request);
  await writeLeaf(
    { certificate: path, key: keyPath, request: '' },
    { chain: leaf.chain, key },
    'replace',
  );
  return { kind: 'renewed', certificate: leaf.certificate };
}

/** A new key of the same kind. */
export function keyLike(key: KeyObject): Promise<KeyObject> {
  const kind = describeKey(key);
  return generatePrivateKey(isKeyType(kind) ? kind : 'p256');
}

/** A minute: the least life that is renewed. */
const MIN_DAYS = 1 / 1440;

/** The first certificate of a file. Throws AuthorityError `damaged`. */
export async function readCertificateFile(path: string): Promise<Certificate> {
  const [certificate] = await readCertificatesFile(path);
  return certificate;
}

/** Every certificate of a file, at least one. Throws AuthorityError `damaged`. */
export async function readCertificatesFile(path: string): Promise<Certificate[]> {
  const text = await readFile(path, 'utf8');
  return readAs(path, () => decodeCertificates(text).map(parseCertificate));
}

/** The key of a certificate. Throws AuthorityError `damaged` for another's. */
export async function readKeyFile(path: string, certificate: Certificate): Promise<KeyObject> {
  const text = await readFile(path, 'utf8');
  const key = readAs(path, () => decodePrivateKey(text));
  if (keyMatches(key, certificate.spki)) return key;
  throw new AuthorityError('damaged', `${path} is not the key of the certificate beside it`);
}

function readAs<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const known =
      error instanceof PemError || error instanceof KeyError || error instanceof CertificateError;
    if (!known) throw error;
    throw new AuthorityError('damaged', `${path}: ${error.message}`);
  }
}
