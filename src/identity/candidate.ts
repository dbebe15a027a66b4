import type { Certificate } from '../pki/certificate.ts';
import { printName } from '../pki/name.ts';
import { comparableName } from './comparable-name.ts';
import { goName } from './go-name.ts';

/**
 * How far a subject may be bent to match a user. `exact`: the whole subject, attribute by attribute.
 * `nats`: also as nats-server prints it, which leaves attributes out; only for configurations that
 * come from nats-server.
 */
export type DnRule = 'exact' | 'nats';

/** One of the names that a certificate can be known by. */
export interface Candidate {
  readonly kind: 'email' | 'dns' | 'uri' | 'dn' | 'dn-nats-dc' | 'dn-nats';
  readonly value: string;
}

/** What of a certificate decides who it is. */
export type NamedCertificate = Pick<Certificate, 'subject' | 'subjectAltNames'>;

/**
 * The names a certificate is matched by, in the order in which they are tried: each SAN rfc822Name,
 * dNSName and URI as a literal string, the subject compared as a DN, and with the rule `nats` the
 * subject as nats-server prints it, with and without its domain components. A certificate without any
 * of them has no candidate and so is never a user.
 */
export function candidateIdentities(
  certificate: NamedCertificate,
  rule: DnRule,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  const sans = certificate.subjectAltNames;
  for (const san of sans) if (san.kind === 'email') candidates.push(candidate('email', san.value));
  for (const san of sans) if (san.kind === 'dns') candidates.push(candidate('dns', san.value));
  for (const san of sans) if (san.kind === 'uri') candidates.push(candidate('uri', san.value));
  if (comparableName(certificate.subject, rule) !== null) {
    candidates.push(candidate('dn', printName(certificate.subject)));
  }
  if (rule === 'nats') {
    const { withDomainComponents, plain } = goName(certificate.subject);
    if (withDomainComponents !== null)
      candidates.push(candidate('dn-nats-dc', withDomainComponents));
    if (plain !== '') candidates.push(candidate('dn-nats', plain));
  }
  return candidates;
}

function candidate(kind: Candidate['kind'], value: string): Candidate {
  return { kind, value };
}
