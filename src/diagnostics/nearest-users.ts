import { type Candidate, candidateIdentities } from '../identity/candidate.ts';
import type { Certificate } from '../pki/certificate.ts';
import { printName } from '../pki/name.ts';
import { OID } from '../pki/oids.ts';
import type { UserFacts } from './evidence.ts';

/** Why a user that is nearly a certificate's is not. */
export type Difference =
  /** The same but for capital and small letters. */
  | { readonly kind: 'case' }
  /** The same attributes, divided into levels differently, or not written as RFC 4514 has it. */
  | { readonly kind: 'order' }
  /** The certificate has one attribute that the user lacks. */
  | { readonly kind: 'certificate-has-more'; readonly attribute: string }
  | { readonly kind: 'user-has-more'; readonly attribute: string }
  /** The user is a name that is in the certificate, in a place that users are not matched by. */
  | { readonly kind: 'not-compared'; readonly place: 'CN' | 'emailAddress' | 'IP SAN' | 'UPN' };

export interface NearUser {
  /** As configured. */
  readonly user: string;
  readonly difference: Difference;
}

/** What a certificate is matched by, and the users that are nearly one of that: nearest first, at most 3. */
export function nearestUsers(
  certificate: Certificate,
  users: UserFacts,
): { readonly candidates: readonly Candidate[]; readonly near: readonly NearUser[] } {
  const candidates = candidateIdentities(certificate, users.rule);
  const index = indexOf(users.names);
  const found = new Map<string, Difference>();
  const add = (user: string, difference: Difference | null): void => {
    if (difference !== null && !found.has(user)) found.set(user, difference);
  };
  for (const { kind, value } of candidates) {
    if (kind.startsWith('dn')) continue;
    for (const user of index.get(value.toLowerCase()) ?? []) add(user, { kind: 'case' });
  }
  for (const [value, place] of namesElsewhere(certificate)) {
    const difference = { kind: 'not-compared', place } as const;
    for (const user of index.get(value.toLowerCase()) ?? []) add(user, difference);
  }
  const parts = partsOf(printName(certificate.subject));
  for (const part of parts) {
    for (const user of index.get(part.toLowerCase()) ?? []) {
      if (!found.has(user)) add(user, compare(partsOf(user), parts));
    }
  }
  const near = [...found]
    .map(([user, difference]) => ({ user, difference }))
    .toSorted((one, other) => RANKS[one.difference.kind] - RANKS[other.difference.kind]);
  return { candidates, near: near.slice(0, 3) };
}

const RANKS: Readonly<Record<Difference['kind'], number>> = {
  case: 0,
  order: 1,
  'not-compared': 2,
  'certificate-has-more': 3,
  'user-has-more': 4,
};

/** Only so many users are looked at: their index is made at the first refusal. */
const MAX_USERS = 10_000;
const MAX_LENGTH = 1000;

/** Users by their name and by each of their attributes, in small letters; of many with one a few. */
type UserIndex = ReadonlyMap<string, readonly string[]>;

const MAX_ALIKE = 8;

const known = new WeakMap<readonly string[], UserIndex>();

function indexOf(names: readonly string[]): UserIndex {
  const made = known.get(names);
  if (made !== undefined) return made;
  const index = new Map<string, string[]>();
  for (const name of names.slice(0, MAX_USERS)) {
    if (name.length > MAX_LENGTH) continue;
    for (const part of [name, ...partsOf(name)]) {
      const key = part.toLowerCase();
      const users = index.get(key);
      if (users === undefined) index.set(key, [name]);
      else if (users.length < MAX_ALIKE) users.push(name);
    }
  }
  known.set(names, index);
  return index;
}

/** How the attributes of a user differ from a subject's; null: in more than one. */
function compare(user: readonly string[], subject: readonly string[]): Difference | null {
  const lacking = subject.filter((part) => !user.includes(part));
  const besides = user.filter((part) => !subject.includes(part));
  if (lacking.length === 0 && besides.length === 0) return { kind: 'order' };
  if (isSame(folded(lacking), folded(besides))) return { kind: 'case' };
  if (besides.length === 0 && lacking.length === 1) {
    return { kind: 'certificate-has-more', attribute: lacking[0] };
  }
  if (lacking.length === 0 && besides.length === 1) {
    return { kind: 'user-has-more', attribute: besides[0] };
  }
  return null;
}

function folded(parts: readonly string[]): string[] {
  return parts.map((part) => part.toLowerCase()).toSorted();
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

type Elsewhere = Extract<Difference, { kind: 'not-compared' }>['place'];

/** Names of a certificate in places that users are not matched by. */
function namesElsewhere(certificate: Certificate): [string, Elsewhere][] {
  const names: [string, Elsewhere][] = [];
  for (const { type, value } of certificate.subject.flat()) {
    if (type === OID.commonName) names.push([value, 'CN']);
    if (type === OID.emailAddress) names.push([value, 'emailAddress']);
  }
  for (const san of certificate.subjectAltNames) {
    if (san.kind === 'ip') names.push([san.value, 'IP SAN']);
    if (san.kind === 'other' && san.upn !== null) names.push([san.upn, 'UPN']);
  }
  return names;
}

/**
 * The attributes of a distinguished name, empty where it is none. Cut at each comma, plus, or
 * leading slash: for likeness that is enough, and ten times as fast as reading it.
 */
function partsOf(name: string): string[] {
  if (!name.includes('=')) return [];
  const text = name.startsWith('/') ? name.slice(1).replaceAll('/', ',') : name;
  const parts = text.split(/[,+]/).map((part) => {
    const at = part.indexOf('=');
    return at < 0
      ? part.trim()
      : `${part.slice(0, at).trim().toUpperCase()}=${part.slice(at + 1).trim()}`;
  });
  return parts.length > MAX_PARTS ? [] : parts;
}

const MAX_PARTS = 20;
