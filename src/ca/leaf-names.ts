import type { GeneralName } from '../pki/general-name.ts';
import { printGeneralName } from '../pki/general-name.ts';
import type { Name } from '../pki/name.ts';
import {
  dnsName,
  emailAddress,
  ipAddress,
  looksLikeEmail,
  serverName,
  uriName,
  userPrincipalName,
} from './requested-names.ts';
import { InvalidNameError } from './invalid-name.ts';
import { fitsCommonName, subjectFromText, subjectOf } from './requested-subject.ts';

/** Whom a leaf is for. */
export interface LeafNames {
  readonly subject: Name;
  readonly subjectAltNames: readonly GeneralName[];
}

/** Names wanted in a client certificate beyond the one it is filed under. */
export interface ClientNames {
  readonly emails?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
  readonly userPrincipalNames?: readonly string[];
  /** RFC 4514 text. Absent: `CN=` and the name. */
  readonly subject?: string | undefined;
}

/**
 * The names of a server certificate: every name is a SAN, as an IP address or a host name. The
 * subject is `CN=` and the first name, or the first that a common name can hold (64 characters), or
 * empty. Throws InvalidNameError.
 */
export function serverLeafNames(names: readonly string[], subject?: string): LeafNames {
  if (names.length === 0) throw new InvalidNameError('dns', '', 'a host name is needed');
  const subjectAltNames = distinct(names.map(serverName));
  if (subject !== undefined) return { subject: subjectFromText(subject), subjectAltNames };
  const commonName = names.find(fitsCommonName);
  return { subject: commonName === undefined ? [] : subjectOf(commonName), subjectAltNames };
}

/**
 * The names of a client certificate. Without any SAN asked for, a `name` in the form of an email
 * address is also the SAN email, since that is the identity it is then matched by. Throws
 * InvalidNameError.
 */
export function clientLeafNames(name: string, wanted: ClientNames = {}): LeafNames {
  const asked = [
    ...(wanted.emails ?? []).map(emailAddress),
    ...(wanted.dnsNames ?? []).map(dnsName),
    ...(wanted.ipAddresses ?? []).map(ipAddress),
    ...(wanted.uris ?? []).map(uriName),
    ...(wanted.userPrincipalNames ?? []).map(userPrincipalName),
  ];
  const implied = asked.length === 0 && looksLikeEmail(name) ? [emailAddress(name)] : [];
  return {
    subject: wanted.subject === undefined ? subjectOf(name) : subjectFromText(wanted.subject),
    subjectAltNames: distinct([...asked, ...implied]),
  };
}

function distinct(names: readonly GeneralName[]): GeneralName[] {
  return [...new Map(names.map((name) => [printGeneralName(name), name])).values()];
}
