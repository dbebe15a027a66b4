import type { Name } from '../pki/name.ts';

const DOMAIN_COMPONENT = '0.9.2342.19200300.100.1.25';

/** The attributes that Go's pkix.Name keeps, in the order in which it prints them. */
const PRINTED: readonly {
  readonly type: string;
  readonly label: string;
  readonly single: boolean;
}[] = [
  { type: '2.5.4.5', label: 'SERIALNUMBER', single: true },
  { type: '2.5.4.3', label: 'CN', single: true },
  { type: '2.5.4.11', label: 'OU', single: false },
  { type: '2.5.4.10', label: 'O', single: false },
  { type: '2.5.4.17', label: 'POSTALCODE', single: false },
  { type: '2.5.4.9', label: 'STREET', single: false },
  { type: '2.5.4.7', label: 'L', single: false },
  { type: '2.5.4.8', label: 'ST', single: false },
  { type: '2.5.4.6', label: 'C', single: false },
];

/**
 * A subject as nats-server prints it (Go's pkix.Name): a fixed order of attribute types, values of one
 * type joined by `+`, other types left out. Two different subjects may print the same.
 * `withDomainComponents` is null where the subject has none.
 */
export function goName(subject: Name): { withDomainComponents: string | null; plain: string } {
  const attributes = subject.flat();
  const rdns: string[] = [];
  for (const { type, label, single } of PRINTED) {
    const values = attributes.filter((a) => a.type === type).map((a) => a.value);
    const kept = single ? values.slice(-1).filter((value) => value !== '') : values;
    if (kept.length > 0) rdns.push(kept.map((value) => `${label}=${escapeValue(value)}`).join('+'));
  }
  const plain = rdns.join(',');
  const domain = attributes.filter((a) => a.type === DOMAIN_COMPONENT).map((a) => `DC=${a.value}`);
  return {
    plain,
    withDomainComponents: domain.length > 0 ? `${plain},${domain.join(',')}` : null,
  };
}

/** Go's escaping, pkix.RDNSequence.String: specials anywhere, `#` or a space in front, a space behind. */
function escapeValue(value: string): string {
  return value
    .replaceAll(/[,+"\\<>;]/g, '\\$&')
    .replace(/^[# ]/, '\\$&')
    .replace(/(?<=.) $/, '\\ ');
}
