import { type Candidate, candidateIdentities } from '../identity/candidate.ts';
import type { Certificate } from '../pki/certificate.ts';
import { type Name, parseName } from '../pki/name.ts';
import { attributeShortName, attributeTypeByName, OID } from '../pki/oids.ts';
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
  const wanted = wantedOf(certificate, candidates);
  const found: { near: NearUser; rank: number }[] = [];
  for (const user of readUsers(users.names)) {
    const difference = differenceOf(user, wanted);
    if (difference === null) continue;
    found.push({ near: { user: user.name, difference }, rank: RANKS[difference.kind] });
    if (found.length >= MAX_FOUND) break;
  }
  const near = found.toSorted((one, other) => one.rank - other.rank).map((entry) => entry.near);
  return { candidates, near: near.slice(0, 3) };
}

/** Only so many users are looked at, so that a refusal costs little however many there are. */
const MAX_USERS = 5000;
const MAX_FOUND = 20;

const RANKS: Readonly<Record<Difference['kind'], number>> = {
  case: 0,
  order: 1,
  'not-compared': 2,
  'certificate-has-more': 3,
  'user-has-more': 4,
};

/** A user as it is compared here; made once for each list of users. */
interface ReadUser {
  readonly name: string;
  readonly folded: string;
  /** Attributes as `type=value`, sorted; null: it is no distinguished name. */
  readonly attributes: readonly string[] | null;
}

const known = new WeakMap<readonly string[], readonly ReadUser[]>();

function readUsers(names: readonly string[]): readonly ReadUser[] {
  let read = known.get(names);
  if (read === undefined) {
    read = names.slice(0, MAX_USERS).map((name) => {
      const attributes = readAttributes(name);
      return { name, folded: name.toLowerCase(), attributes };
    });
    known.set(names, read);
  }
  return read;
}

function readAttributes(user: string): readonly string[] | null {
  if (!user.includes('=') || user.length > 1000) return null;
  if (user.startsWith('/')) return readSlashes(user);
  try {
    return attributesOf(parseName(user));
  } catch {
    return null;
  }
}

/** The form of `openssl x509 -subject` in old versions: `/O=Example/CN=alice`. */
function readSlashes(user: string): readonly string[] | null {
  const attributes: string[] = [];
  for (const part of user.slice(1).split('/')) {
    const at = part.indexOf('=');
    const type = at < 1 ? null : attributeTypeByName(part.slice(0, at));
    if (type === null) return null;
    attributes.push(`${type}=${part.slice(at + 1)}`);
  }
  return attributes.toSorted();
}

function attributesOf(name: Name): string[] {
  return name
    .flat()
    .map(({ type, value }) => `${type}=${value}`)
    .toSorted();
}

interface Wanted {
  readonly attributes: readonly string[];
  readonly foldedAttributes: readonly string[];
  /** Candidates other than the subject, in small letters. */
  readonly foldedNames: ReadonlySet<string>;
  /** Names that are not compared, in small letters. */
  readonly others: ReadonlyMap<string, 'CN' | 'emailAddress' | 'IP SAN' | 'UPN'>;
}

function wantedOf(certificate: Certificate, candidates: readonly Candidate[]): Wanted {
  const attributes = attributesOf(certificate.subject);
  const others = new Map<string, 'CN' | 'emailAddress' | 'IP SAN' | 'UPN'>();
  for (const san of certificate.subjectAltNames) {
    if (san.kind === 'ip') others.set(san.value.toLowerCase(), 'IP SAN');
    if (san.kind === 'other' && san.upn !== null) others.set(san.upn.toLowerCase(), 'UPN');
  }
  for (const { type, value } of certificate.subject.flat()) {
    if (type === OID.emailAddress) others.set(value.toLowerCase(), 'emailAddress');
    if (type === OID.commonName) others.set(value.toLowerCase(), 'CN');
  }
  return {
    attributes,
    foldedAttributes: attributes.map((text) => text.toLowerCase()).toSorted(),
    foldedNames: new Set(
      candidates
        .filter(({ kind }) => !kind.startsWith('dn'))
        .map(({ value }) => value.toLowerCase()),
    ),
    others,
  };
}

function differenceOf(user: ReadUser, wanted: Wanted): Difference | null {
  if (wanted.foldedNames.has(user.folded)) return { kind: 'case' };
  const place = wanted.others.get(user.folded);
  if (place !== undefined) return { kind: 'not-compared', place };
  const { attributes } = user;
  if (attributes === null || wanted.attributes.length === 0) return null;
  switch (attributes.length - wanted.attributes.length) {
    case 0:
      if (isSame(attributes, wanted.attributes)) return { kind: 'order' };
      return isSame(fold(attributes), wanted.foldedAttributes) ? { kind: 'case' } : null;
    case 1: {
      const more = onlyOneMore(attributes, wanted.attributes);
      return more === null ? null : { kind: 'user-has-more', attribute: printed(more) };
    }
    case -1: {
      const more = onlyOneMore(wanted.attributes, attributes);
      return more === null ? null : { kind: 'certificate-has-more', attribute: printed(more) };
    }
    default:
      return null;
  }
}

function fold(attributes: readonly string[]): string[] {
  return attributes.map((text) => text.toLowerCase()).toSorted();
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.every((text, index) => text === other[index]);
}

/** The one text that sorted `larger` has and sorted `smaller` lacks; null: they differ in more. */
function onlyOneMore(larger: readonly string[], smaller: readonly string[]): string | null {
  let at = 0;
  while (at < smaller.length && larger[at] === smaller[at]) at++;
  const rest = larger.slice(at + 1);
  return isSame(rest, smaller.slice(at)) ? larger[at] : null;
}

function printed(attribute: string): string {
  const at = attribute.indexOf('=');
  const type = attribute.slice(0, at);
  return `${attributeShortName(type) ?? type}${attribute.slice(at)}`;
}
