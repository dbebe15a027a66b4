import { type KeyObject, pbkdf2 } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Authority, type IssuedLeaf, type LeafPreview, previewLeaf } from '../ca/authority.ts';
import { AuthorityError } from '../ca/authority-error.ts';
import type { TokenDesk } from '../ca/authority-files.ts';
import { fileNameFor } from '../ca/file-name.ts';
import type { LintFailure } from '../ca/lint/lint.ts';
import type { Profile, ProfileObjection } from '../ca/profile.ts';
import { readSignedRequest } from '../ca/signed-request.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import {
  encodePrivateKey,
  encodePublicKey,
  generatePrivateKey,
  type KeyType,
} from '../pki/keys.ts';
import { type GentleDerivation, writePkcs12Gently } from '../pki/pkcs12.ts';
import type { LeafWish } from './api/authority-schemas.ts';
import type { FieldError } from './certificate-material.ts';
import { type ReadHolder, readHolder } from './leaf-wish.ts';

/** Why a leaf would not be issued. */
export interface LeafProblem extends FieldError {
  /** The document that asks for it; null: the profile, or common sense. */
  readonly citation: string | null;
}

/** What a request for a leaf would come to. */
export interface LeafProspect {
  /** null: nothing can be said before something else is mended. */
  readonly preview: LeafPreview | null;
  /** Such as `p256` or `rsa2048`. */
  readonly keyType: string;
  readonly holder: ReadHolder;
  /** null: a key is made. */
  readonly request: CertificateRequest | null;
  /** Empty: it would be issued. */
  readonly problems: readonly LeafProblem[];
}

/** A leaf that was issued, with the key that was made for it; the key is kept nowhere. */
export interface IssuedWithKey {
  readonly kind: 'issued';
  readonly leaf: IssuedLeaf;
  /** What its files are called, without extension. */
  readonly fileName: string;
  /** PEM; null: it is elsewhere, or in `pkcs12`. */
  readonly key: string | null;
  readonly pkcs12: Buffer | null;
}

export type IssueOutcome =
  | IssuedWithKey
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] };

/** Who asks, and when. */
export interface Asked {
  /** For the journal. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The profile that a request names, or what is wrong with that. */
export function profileOf(
  { profile: name }: Pick<LeafWish, 'profile'>,
  profiles: ReadonlyMap<string, Profile>,
): Profile | FieldError {
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  const known = [...profiles.keys()].join(', ');
  return { path: 'profile', message: `there is no such profile; there are ${known}` };
}

/** Judges a request for a leaf as `issueLeaf` would, and signs nothing. */
export async function foreseeLeaf(
  wish: LeafWish,
  profile: Profile,
  desk: TokenDesk,
  at: number,
): Promise<LeafProspect> {
  const publicKey = wish.request === undefined ? await samplePublicKey(keyTypeOf(wish)) : null;
  return prospectOf(wish, profile, desk, publicKey, at);
}

/**
 * Issues a leaf, and makes its key where the request brings none. It is in the journal when this resolves.
 */
export async function issueLeaf(
  wish: LeafWish,
  profile: Profile,
  desk: TokenDesk,
  authority: Authority,
  asked: Asked,
): Promise<IssueOutcome> {
  const key = wish.request === undefined ? await generatePrivateKey(keyTypeOf(wish)) : null;
  const publicKey = key === null ? null : encodePublicKey(key);
  const { holder, preview, problems } = prospectOf(wish, profile, desk, publicKey, asked.at);
  if (problems.length > 0 || preview === null) {
    const errors = problems.map(({ path, message }) => ({ path, message }));
    return { kind: 'invalid', errors };
  }
  const leaf = await authority.issue(profile, {
    ...holder.names,
    publicKey: preview.template.publicKey,
    ...(wish.days === undefined ? {} : { days: wish.days }),
    now: asked.at,
    requestedBy: asked.by,
  });
  const fileName = fileNameFor(wish.common_name);
  const password = wish.key?.format === 'pkcs12' ? (wish.key.password ?? null) : null;
  const asFile = key !== null && password !== null;
  return {
    kind: 'issued',
    leaf,
    fileName,
    key: key === null || asFile ? null : encodePrivateKey(key),
    pkcs12: asFile ? await pkcs12Of(key, leaf, fileName, password) : null,
  };
}

function prospectOf(
  wish: LeafWish,
  profile: Profile,
  desk: TokenDesk,
  ownKey: Buffer | null,
  at: number,
): LeafProspect {
  const holder = readHolder(wish, profile);
  const problems: LeafProblem[] = [...holder.errors, ...keyErrors(wish)].map((error) => {
    return { ...error, citation: null };
  });
  const read = wish.request === undefined ? null : readSignedRequest(wish.request);
  if (read?.kind === 'bad') {
    problems.push({ path: 'request', message: read.problem, citation: null });
  }
  const request = read?.kind === 'good' ? read.request : null;
  const publicKey = ownKey ?? request?.spki;
  const keyType = request?.publicKey.name ?? keyTypeOf(wish);
  const prospect = { preview: null, keyType, holder, request, problems };
  if (publicKey === undefined) return prospect;
  const { days } = wish;
  const wanted = { ...holder.names, publicKey, now: at, ...(days === undefined ? {} : { days }) };
  try {
    const preview = previewLeaf(profile, wanted, desk.issuing);
    problems.push(...objectionsTo(preview, wish, holder));
    return { ...prospect, preview };
  } catch (error) {
    if (!(error instanceof AuthorityError)) throw error;
    const path = error.code === 'bad-lifetime' ? 'days' : '';
    problems.push({ path, message: error.message, citation: null });
    return prospect;
  }
}

function keyErrors({ request, key }: LeafWish): FieldError[] {
  if (key === undefined) return [];
  if (request !== undefined) return [{ path: 'key', message: 'the request brings its own key' }];
  const hasPassword = key.password !== undefined;
  if (key.format === 'pkcs12' && !hasPassword) {
    return [{ path: 'key.password', message: 'a PKCS#12 file needs a password' }];
  }
  if (key.format === 'pem' && hasPassword) {
    return [{ path: 'key.password', message: 'is for PKCS#12; the key in PEM is not encrypted' }];
  }
  return [];
}

function objectionsTo(
  { objections, failures }: LeafPreview,
  wish: LeafWish,
  holder: ReadHolder,
): LeafProblem[] {
  // A name that can't be read is told as that, not as one that is missing.
  const told =
    holder.errors.length > 0 ? failures.filter(({ rule }) => !isAboutNames(rule.name)) : failures;
  return [
    ...objections.map(({ about, problem }: ProfileObjection) => {
      const path =
        about === 'days' ? 'days' : about === 'key' ? keyField(wish) : holder.fieldOf(about);
      return { path, message: `profile ${wish.profile}: ${problem}`, citation: null };
    }),
    ...told.map(({ rule, problem }) => {
      return { path: lintField(rule.name, wish), message: problem, citation: rule.citation };
    }),
  ];
}

function isAboutNames(rule: LintFailure['rule']['name']): boolean {
  return rule === 'holder-name' || rule === 'server-name';
}

/** The field that a rule of src/ca/lint is about. */
function lintField(rule: string, wish: LeafWish): string {
  switch (rule) {
    case 'strong-key':
    case 'other-key':
      return keyField(wish);
    case 'attribute-length':
    case 'country-code':
      return wish.subject === undefined ? 'common_name' : 'subject';
    case 'holder-name':
      return 'common_name';
    case 'server-name':
      return 'dns_names';
    case 'validity-span':
      return 'days';
    default:
      return '';
  }
}

function keyField({ request }: LeafWish): string {
  return request === undefined ? 'key.type' : 'request';
}

function keyTypeOf({ key }: LeafWish): KeyType {
  return key?.type ?? 'p256';
}

function pkcs12Of(
  key: KeyObject,
  { chain }: IssuedLeaf,
  friendlyName: string,
  password: string,
): Promise<Buffer> {
  return writePkcs12Gently(
    {
      privateKey: key.export({ type: 'pkcs8', format: 'der' }),
      certificates: chain.map(({ der }) => der),
      friendlyName,
    },
    password,
    GENTLY,
  );
}

/** By threads of their own, and in pieces: this process may serve clients. */
const GENTLY: GentleDerivation = {
  pbkdf2: (password, salt, iterations, bytes) =>
    promisify(pbkdf2)(password, salt, iterations, bytes, 'sha256'),
  pause: () => setImmediate(),
};

const samples = new Map<KeyType, Promise<Buffer>>();

/** A public key of this kind, for rules to look at; its private half is gone. */
function samplePublicKey(type: KeyType): Promise<Buffer> {
  let sample = samples.get(type);
  if (sample === undefined) {
    sample = generatePrivateKey(type).then(encodePublicKey);
    samples.set(type, sample);
  }
  return sample;
}
