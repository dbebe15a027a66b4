import type { Attribute, Name } from '../pki/name.ts';
import type { DnRule } from './candidate.ts';

/** A subject DN in two forms that are equal exactly when the DNs are: by position, and in any order. */
export interface ComparableName {
  readonly ordered: string;
  readonly unordered: string;
}

/** Attribute types that nats-server can compare; any other type rules a subject out. */
const NATS_TYPES = new Set([
  '2.5.4.3', // CN
  '2.5.4.5', // SERIALNUMBER
  '2.5.4.6', // C
  '2.5.4.7', // L
  '2.5.4.8', // ST
  '2.5.4.9', // STREET
  '2.5.4.10', // O
  '2.5.4.11', // OU
  '2.5.4.17', // POSTALCODE
  '0.9.2342.19200300.100.1.25', // DC
]);

/** RFC 4514 section 3 names one more. */
const EXACT_TYPES = new Set([...NATS_TYPES, '0.9.2342.19200300.100.1.1' /* UID */]);

/**
 * A DN made comparable (RFC 4517 section 4.2.15, with case-sensitive values): types are compared by
 * object identifier, a multi-valued RDN as a set. null where a type has no known short name, and for
 * the empty DN: such a subject is nobody.
 */
export function comparableName(name: Name, rule: DnRule): ComparableName | null {
  if (name.length === 0) return null;
  const known = rule === 'nats' ? NATS_TYPES : EXACT_TYPES;
  const rdns: string[] = [];
  for (const rdn of name) {
    if (!rdn.every((attribute) => known.has(attribute.type))) return null;
    rdns.push(JSON.stringify(rdn.map(attributeKey).toSorted()));
  }
  return { ordered: JSON.stringify(rdns), unordered: JSON.stringify(rdns.toSorted()) };
}

function attributeKey(attribute: Attribute): string {
  return `${attribute.type}=${attribute.value}`;
}
