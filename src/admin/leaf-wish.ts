import { fileNameFor } from '../ca/file-name.ts';
import { InvalidNameError } from '../ca/invalid-name.ts';
import type { LeafNames } from '../ca/leaf-names.ts';
import { namesByProfile, type Profile } from '../ca/profile.ts';
import {
  dnsName,
  emailAddress,
  ipAddress,
  serverName,
  uriName,
  userPrincipalName,
} from '../ca/requested-names.ts';
import { subjectFromText, subjectOf } from '../ca/requested-subject.ts';
import { grantedNames, type TokenGrant } from '../ca/token-book.ts';
import { type GeneralName, printGeneralName } from '../pki/general-name.ts';
import type { Name } from '../pki/name.ts';
import type { LeafWish } from './api/authority-schemas.ts';
import type { FieldError } from './certificate-material.ts';

/** Whom a request wants a certificate for. */
export type HolderWish = Pick<
  LeafWish,
  | 'common_name'
  | 'subject'
  | 'emails'
  | 'dns_names'
  | 'ip_addresses'
  | 'uris'
  | 'user_principal_names'
>;

/** A request's names, as far as they can be read. */
export interface ReadHolder {
  /** null: a field is at fault. */
  readonly grant: TokenGrant | null;
  /** Without what is at fault. */
  readonly names: LeafNames;
  readonly errors: readonly FieldError[];
  /** Which field a SAN comes from. */
  readonly fieldOf: (name: GeneralName) => string;
}

type NameList = Exclude<keyof HolderWish, 'common_name' | 'subject'>;

const READERS: readonly (readonly [NameList, (text: string) => GeneralName])[] = [
  ['emails', emailAddress],
  ['dns_names', dnsName],
  ['ip_addresses', ipAddress],
  ['uris', uriName],
  ['user_principal_names', userPrincipalName],
];

/** What a server certificate has no use for. */
const OF_CLIENTS: ReadonlySet<NameList> = new Set(['emails', 'uris', 'user_principal_names']);

/** Reads whom a certificate of `profile` is wanted for, each name under its own field. */
export function readHolder(wish: HolderWish, profile: Profile): ReadHolder {
  const errors: FieldError[] = [];
  const fields = new Map<string, string>();
  const attempt = <Read>(path: string, read: () => Read): Read | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidNameError)) throw error;
      errors.push({ path, message: error.message });
      return null;
    }
  };
  const { common_name: name } = wish;
  if (name === '') errors.push({ path: 'common_name', message: 'a name is needed' });
  const subject = attemptSubject(wish, profile, errors, attempt);
  const subjectAltNames: GeneralName[] = [];
  const take = (path: string, read: () => GeneralName): void => {
    const san = attempt(path, read);
    if (san === null) return;
    fields.set(printGeneralName(san), path);
    subjectAltNames.push(san);
  };
  if (profile.kind === 'server' && name !== '') take('common_name', () => serverName(name));
  for (const [list, read] of READERS) {
    if (profile.kind === 'server' && OF_CLIENTS.has(list)) {
      if (wish[list].length === 0) continue;
      errors.push({ path: list, message: 'a server certificate has host names and IP addresses' });
    } else {
      for (const [index, text] of wish[list].entries()) take(`${list}[${index}]`, () => read(text));
    }
  }
  if (!errors.some(({ path }) => path === 'common_name')) {
    attempt('common_name', () => fileNameFor(name));
  }
  const fieldOf = (san: GeneralName): string => fields.get(printGeneralName(san)) ?? 'common_name';
  if (errors.length === 0) {
    const grant = grantOf(wish, profile);
    const names = attempt('common_name', () => namesByProfile(profile, name, grantedNames(grant)));
    if (names !== null) return { grant, names, errors, fieldOf };
  }
  return { grant: null, names: { subject: subject ?? [], subjectAltNames }, errors, fieldOf };
}

function attemptSubject(
  { common_name: name, subject }: HolderWish,
  profile: Profile,
  errors: FieldError[],
  attempt: (path: string, read: () => Name) => Name | null,
): Name | null {
  if (subject !== undefined) {
    if (profile.subject === null) return attempt('subject', () => subjectFromText(subject));
    errors.push({ path: 'subject', message: `the profile ${profile.name} gives the subject` });
    return null;
  }
  // A host name may be longer than a common name can be.
  return profile.kind === 'server' || name === ''
    ? null
    : attempt('common_name', () => subjectOf(name));
}

function grantOf(wish: HolderWish, profile: Profile): TokenGrant {
  return {
    kind: profile.kind,
    name: wish.common_name,
    further: {
      emails: wish.emails,
      dnsNames: wish.dns_names,
      ipAddresses: wish.ip_addresses,
      uris: wish.uris,
      userPrincipalNames: wish.user_principal_names,
      subject: wish.subject,
    },
    profile: profile.name,
  };
}
