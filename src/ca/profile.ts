import type { GeneralName } from '../pki/general-name.ts';
import { decodePublicKey, describeKey, KeyError, type KeyType, keyTypes } from '../pki/keys.ts';
import type { LeafNames } from './leaf-names.ts';
import { subjectFromText } from './requested-subject.ts';

/** What certificates of one kind may say. A list that is null allows all. */
export interface Profile {
  readonly name: string;
  readonly kind: 'server' | 'client';
  /** How long a leaf is valid unless told otherwise. */
  readonly days: number;
  readonly maxDays: number;
  readonly keyTypes: readonly KeyType[] | null;
  /** Host names that are one of these, or below one: `example.com` allows `a.example.com`. */
  readonly dnsSuffixes: readonly string[] | null;
  /** Addresses, or `@host` for all of a host. */
  readonly emails: readonly string[] | null;
  /** Beginnings of URIs, such as `spiffe://example.org/`. */
  readonly uris: readonly string[] | null;
  /** RFC 4514 text, in which `{name}` is the first name asked for; null: the subject asked for. */
  readonly subject: string | null;
}

/** How long a leaf is valid unless told otherwise. */
export const DEFAULT_LEAF_DAYS = 30;

const OPEN = {
  days: DEFAULT_LEAF_DAYS,
  maxDays: 36_500,
  keyTypes: null,
  dnsSuffixes: null,
  emails: null,
  uris: null,
  subject: null,
} as const;

export const serverProfile: Profile = { ...OPEN, name: 'server', kind: 'server' };
export const clientProfile: Profile = { ...OPEN, name: 'client', kind: 'client' };

/** A file of profiles that is not as described. The message says where and what to do. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

/**
 * Reads a JSON object of profiles by name, each with `kind` and whatever it restricts. Throws
 * ProfileError.
 */
export function parseProfiles(text: string): ReadonlyMap<string, Profile> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ProfileError(`no JSON: ${(error as Error).message}`);
  }
  if (!isObject(document)) throw new ProfileError('an object of profiles by name is needed');
  return new Map(Object.entries(document).map(([name, value]) => [name, readProfile(name, value)]));
}

/** What a profile has against a certificate. */
export interface ProfileObjection {
  /** What of the certificate it is about. */
  readonly about: 'days' | 'key' | GeneralName;
  /** For people. */
  readonly problem: string;
}

interface WantedLeaf {
  readonly names: LeafNames;
  readonly publicKey: Buffer;
  readonly days: number;
}

/**
 * What a profile has against a certificate; empty: nothing. Names that the profile has no list for, such
 * as IP addresses, are allowed where it lists no names at all.
 */
export function profileObjections(
  profile: Profile,
  wanted: WantedLeaf,
): readonly ProfileObjection[] {
  const objections: ProfileObjection[] = [];
  if (!(wanted.days <= profile.maxDays)) {
    const problem = `it allows ${profile.maxDays} days at most, not ${wanted.days}`;
    objections.push({ about: 'days', problem });
  }
  const kind = keyKind(wanted.publicKey);
  if (profile.keyTypes !== null && !(profile.keyTypes as readonly string[]).includes(kind)) {
    const problem = `it allows keys of ${profile.keyTypes.join(', ')}, not ${kind}`;
    objections.push({ about: 'key', problem });
  }
  return [...objections, ...nameObjections(profile, wanted.names)];
}

/** The same for people. */
export function profileProblems(profile: Profile, wanted: WantedLeaf): readonly string[] {
  return profileObjections(profile, wanted).map(({ problem }) => problem);
}

/** The same of the names alone. */
export function nameProblems(profile: Profile, names: LeafNames): readonly string[] {
  return nameObjections(profile, names).map(({ problem }) => problem);
}

/** What a profile has against names. */
export function nameObjections(profile: Profile, names: LeafNames): readonly ProfileObjection[] {
  return names.subjectAltNames
    .filter((name) => !allowsName(profile, name))
    .map((name) => ({ about: name, problem: `it does not allow the SAN ${shown(name)}` }));
}

/** The names of a certificate by a profile: the subject by its template where it has one. Throws InvalidNameError. */
export function namesByProfile(profile: Profile, first: string, names: LeafNames): LeafNames {
  if (profile.subject === null) return names;
  const escaped = first.replaceAll(/[\\"+,;<>=#]|^ | $/g, '\\$&');
  return { ...names, subject: subjectFromText(profile.subject.replaceAll('{name}', escaped)) };
}

function allowsName(profile: Profile, name: GeneralName): boolean {
  const { dnsSuffixes, emails, uris } = profile;
  switch (name.kind) {
    case 'dns':
      return dnsSuffixes === null || dnsSuffixes.some((suffix) => isBelow(name.value, suffix));
    case 'email':
      return emails === null || emails.some((allowed) => isAddress(name.value, allowed));
    case 'uri':
      return uris === null || uris.some((beginning) => name.value.startsWith(beginning));
    default:
      return dnsSuffixes === null && emails === null && uris === null;
  }
}

function isBelow(host: string, suffix: string): boolean {
  const [name, end] = [host.toLowerCase(), suffix.toLowerCase()];
  return name === end || name.endsWith(`.${end}`);
}

function isAddress(address: string, allowed: string): boolean {
  if (!allowed.startsWith('@')) return address === allowed;
  return address.slice(address.lastIndexOf('@')).toLowerCase() === allowed.toLowerCase();
}

function keyKind(spki: Buffer): string {
  try {
    return describeKey(decodePublicKey(spki));
  } catch (error) {
    if (error instanceof KeyError) return 'an unknown kind';
    throw error;
  }
}

function shown(name: GeneralName): string {
  return 'value' in name && typeof name.value === 'string' ? name.value : name.kind;
}

const KEYS = new Set(['kind', ...Object.keys(OPEN)]);

function readProfile(name: string, value: unknown): Profile {
  const fail = (what: string): never => {
    throw new ProfileError(`profile ${name}: ${what}`);
  };
  if (name === 'server' || name === 'client') fail('is built in; choose another name');
  if (!isObject(value)) return fail('an object is needed');
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined) fail(`unknown key ${unknown}; it knows ${[...KEYS].join(', ')}`);
  const { kind, subject = null } = value;
  if (kind !== 'server' && kind !== 'client') return fail('kind must be "server" or "client"');
  if (subject !== null && typeof subject !== 'string') return fail('subject must be text');
  const days = wholeDays(
    value['days'] ?? Math.min(OPEN.days, Number(value['maxDays'] ?? OPEN.days)),
  );
  const maxDays = wholeDays(value['maxDays'] ?? OPEN.maxDays);
  if (days === null || maxDays === null) return fail('days are whole numbers from 1 to 36500');
  if (days > maxDays) fail(`days is more than maxDays`);
  const types = textList(value['keyTypes']);
  const stray = types?.find((type) => !(keyTypes as readonly string[]).includes(type));
  if (stray !== undefined) fail(`unknown key type ${stray}; there are ${keyTypes.join(', ')}`);
  const lists = {
    dnsSuffixes: textList(value['dnsSuffixes']),
    emails: textList(value['emails']),
    uris: textList(value['uris']),
  };
  if ([types, ...Object.values(lists)].includes(undefined)) {
    return fail('keyTypes, dnsSuffixes, emails and uris are lists of text');
  }
  return {
    name,
    kind,
    days,
    maxDays,
    keyTypes: types as readonly KeyType[] | null,
    dnsSuffixes: lists.dnsSuffixes ?? null,
    emails: lists.emails ?? null,
    uris: lists.uris ?? null,
    subject,
  };
}

function wholeDays(value: unknown): number | null {
  const isDays = typeof value === 'number' && Number.isInteger(value) && value >= 1;
  return isDays && value <= 36_500 ? value : null;
}

/** Null: it is absent; undefined: it is no list of text. */
function textList(value: unknown): readonly string[] | null | undefined {
  if (value === undefined) return null;
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isList ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
