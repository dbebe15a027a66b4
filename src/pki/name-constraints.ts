import type { Certificate } from './certificate.ts';
import type { NameConstraints } from './extensions.ts';
import { type GeneralName, printGeneralName } from './general-name.ts';
import type { Name } from './name.ts';
import { canonicalName } from './name-der.ts';
import { OID } from './oids.ts';

/**
 * How many comparisons of a name with a subtree one verification may make. They are counted, so that the
 * answer doesn't depend on the machine: a certificate can hold thousands of names, and a CA thousands
 * of subtrees.
 */
export class ComparisonBudget {
  #left: number;

  constructor(comparisons = 65_536) {
    this.#left = comparisons;
  }

  /** False: the work is done with, and nothing may be concluded any more. */
  spend(comparisons: number): boolean {
    this.#left -= comparisons;
    return this.#left >= 0;
  }
}

/**
 * The first name of `certificate` that the constraints of a CA above it don't allow (RFC 5280 section
 * 4.2.1.10), printed for a log; null: all are allowed. A name of a kind that is constrained but can't
 * be compared here counts as not allowed, and so does one for which the budget doesn't suffice.
 */
export function findViolation(
  constraints: NameConstraints,
  certificate: Certificate,
  budget: ComparisonBudget = new ComparisonBudget(),
): string | null {
  const { permitted, excluded } = constraints;
  for (const name of constrainedNames(certificate)) {
    if (!budget.spend((permitted.length + excluded.length) * effortOf(name))) {
      return `${printGeneralName(name)} (after more comparisons than are made)`;
    }
    if (!isAllowed(name, constraints)) return printGeneralName(name);
  }
  return null;
}

/** How many usual comparisons one with this name is worth: a name can be as long as a certificate. */
function effortOf(name: GeneralName): number {
  switch (name.kind) {
    case 'dns':
    case 'email':
    case 'uri':
      return 1 + (name.value.length >> 6);
    case 'directory':
      return 1 + (name.value.length >> 3);
    default:
      return 1;
  }
}

function isAllowed(name: GeneralName, { permitted, excluded }: NameConstraints): boolean {
  let isConstrained = false;
  let isPermitted = false;
  for (const subtree of permitted) {
    if (subtree.kind !== name.kind) continue;
    isConstrained = true;
    isPermitted ||= isWithin(name, subtree, false);
  }
  return (
    (isPermitted || !isConstrained) && !excluded.some((subtree) => isWithin(name, subtree, true))
  );
}

/** The SANs, the subject as a directory name, and its email addresses. */
function constrainedNames(certificate: Certificate): GeneralName[] {
  const names: GeneralName[] = [...certificate.subjectAltNames];
  if (certificate.subject.length > 0) names.push({ kind: 'directory', value: certificate.subject });
  for (const attribute of certificate.subject.flat()) {
    if (attribute.type === OID.emailAddress) names.push({ kind: 'email', value: attribute.value });
  }
  return names;
}

/** `otherwise` is the answer for kinds that can't be compared. */
function isWithin(name: GeneralName, subtree: GeneralName, otherwise: boolean): boolean {
  if (name.kind === 'dns' && subtree.kind === 'dns') {
    if (!isHostName(name.value)) return otherwise;
    return (
      isDnsWithin(name.value, subtree.value) ||
      (otherwise && mayStandFor(name.value, subtree.value))
    );
  }
  if (name.kind === 'email' && subtree.kind === 'email') {
    // A quoted local part may hold an @ of its own; nobody issues such a thing in good faith.
    const isMailbox = name.value.split('@').length === 2;
    return isMailbox ? isEmailWithin(name.value, subtree.value) : otherwise;
  }
  if (name.kind === 'uri' && subtree.kind === 'uri') {
    const host = hostOf(name.value);
    return host === null ? otherwise : isHostWithin(host, subtree.value);
  }
  if (name.kind === 'ip' && subtree.kind === 'ip') return isIpWithin(name.bytes, subtree.bytes);
  if (name.kind === 'directory' && subtree.kind === 'directory') {
    return isNameWithin(name.value, subtree.value);
  }
  return name.kind === subtree.kind && otherwise;
}

/** A subtree `a.b` holds `a.b` and every name that ends in `.a.b`; the empty one holds all. */
function isDnsWithin(name: string, subtree: string): boolean {
  const base = subtree.toLowerCase().replace(/^\./, '');
  const host = name.toLowerCase();
  return base === '' || host === base || host.endsWith(`.${base}`);
}

/** Whether `*.a.b` stands for `x.a.b`, the highest name of a subtree. */
function mayStandFor(name: string, subtree: string): boolean {
  const base = subtree.toLowerCase().replace(/^\./, '');
  return name.startsWith('*.') && base.replace(/^[^.]*/, '*') === name.toLowerCase();
}

/** Labels between dots, none of them empty but for that of the root. */
function isHostName(name: string): boolean {
  return !/^\.|\.\./.test(name) && name !== '';
}

/** A subtree is a mailbox, a host whose mailboxes it holds, or `.domain` for every host below it. */
function isEmailWithin(address: string, subtree: string): boolean {
  const at = address.lastIndexOf('@');
  if (subtree.includes('@')) {
    const split = subtree.lastIndexOf('@');
    return (
      address.slice(0, at) === subtree.slice(0, split) &&
      address.slice(at).toLowerCase() === subtree.slice(split).toLowerCase()
    );
  }
  return isHostWithin(address.slice(at + 1), subtree);
}

/** A subtree is one host, or `.domain` for every host below it. */
function isHostWithin(name: string, subtree: string): boolean {
  const host = name.toLowerCase();
  const base = subtree.toLowerCase();
  return base === '' || (base.startsWith('.') ? host.endsWith(base) : host === base);
}

/** The host of a URI's authority; null: it has none, or an IP address, which a subtree can't hold. */
function hostOf(uri: string): string | null {
  const authority = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(uri)?.[1];
  const host = authority?.replace(/^.*@/, '').replace(/:[0-9]*$/, '');
  return host === undefined || host === '' || /^\[|^[0-9.]+$/.test(host) ? null : host;
}

function isIpWithin(address: Buffer, subnet: Buffer): boolean {
  const length = address.length;
  if (subnet.length !== 2 * length) return false;
  return address.every((byte, at) => ((byte ^ subnet[at]) & subnet[length + at]) === 0);
}

function isNameWithin(name: Name, subtree: Name): boolean {
  const base = canonicalRdns(subtree);
  const rdns = canonicalRdns(name);
  return rdns.length >= base.length && base.every((rdn, at) => rdn === rdns[at]);
}

/** The canonical form of each RDN; made once for each name, since every name meets every subtree. */
function canonicalRdns(name: Name): readonly string[] {
  let rdns = canonicalNames.get(name);
  if (rdns === undefined) {
    rdns = name.map((rdn) => canonicalName([rdn]));
    canonicalNames.set(name, rdns);
  }
  return rdns;
}

const canonicalNames = new WeakMap<Name, readonly string[]>();
