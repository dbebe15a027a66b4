import type { Certificate } from '../../pki/certificate.ts';
import { printGeneralName } from '../../pki/general-name.ts';
import { printName } from '../../pki/name.ts';
import { purposeName } from '../../pki/oids.ts';
import { mayIssue } from '../../pki/path.ts';
import { span } from '../time-text.ts';
import type { ShownChain } from './facts.ts';
import { wrapped } from './wrap.ts';

export interface TreeContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The certificate above the chain that was not sent but is known; null: none. */
  readonly anchor: Certificate | null;
  /** What the anchor is, such as `trust anchor of --cacert ca.crt`. */
  readonly anchorNote: string;
  /** What is said of an issuer that is only a name here. */
  readonly issuerNote: string;
}

/**
 * Draws a chain as it was sent: the issuer above, what it issued below, the leaf with its names and
 * uses at the bottom. Certificates that belong to no issuer in it begin a tree of their own.
 */
export function certificateTree(
  { certificates, unreadable }: ShownChain,
  context: TreeContext,
): string[] {
  const [leaf] = certificates;
  const lines = leaf === undefined ? [] : branch(lineOf(leaf, certificates), context);
  const used = leaf === undefined ? [] : lineOf(leaf, certificates);
  const others = certificates.filter((certificate) => !used.includes(certificate));
  return [
    ...lines,
    ...others.flatMap((other) => [
      `${nameOf(other)}  (sent as well; nothing above was issued by it)`,
      ...factsOf(other, context.now).map((fact) => `   ${fact}`),
    ]),
    ...(unreadable === 0 ? [] : [`${unreadable} more that can't be read`]),
  ];
}

/** The leaf, then whoever issued it, and so on, as far as the certificates at hand go. */
function lineOf(leaf: Certificate, certificates: readonly Certificate[]): Certificate[] {
  const line = [leaf];
  for (let top = leaf; !isSelfIssued(top); ) {
    const current = top;
    const issuer = certificates.find(
      (candidate) => !line.includes(candidate) && mayIssue(candidate, current),
    );
    if (issuer === undefined) break;
    line.push(issuer);
    top = issuer;
  }
  return line;
}

function branch(line: readonly Certificate[], context: TreeContext): string[] {
  const { anchor, anchorNote, issuerNote, now } = context;
  const top = line[line.length - 1];
  const drawn: string[] = [];
  let level = 0;
  if (anchor !== null && !line.some((certificate) => certificate.equals(anchor))) {
    drawn.push(`${nameOf(anchor)}  (${anchorNote})`);
    level = 1;
  } else if (anchor === null && !isSelfIssued(top)) {
    drawn.push(`${printName(top.issuer) || '(empty name)'}  (${issuerNote})`);
    level = 1;
  }
  for (const certificate of line.toReversed()) {
    const indent = '   '.repeat(Math.max(0, level - 1));
    const isAnchor = anchor?.equals(certificate) === true;
    const note = isAnchor ? `  (${anchorNote})` : '';
    drawn.push(`${indent}${level === 0 ? '' : '└─ '}${nameOf(certificate)}${note}`);
    const inner = '   '.repeat(level);
    drawn.push(...factsOf(certificate, now).map((fact) => `${inner}${fact}`));
    level += 1;
  }
  return drawn;
}

const WIDTH = 96;

function factsOf(certificate: Certificate, now: number): string[] {
  const { extensions, subjectAltNames, publicKey } = certificate;
  const isCa = extensions.basicConstraints?.ca === true || isRootOf(certificate);
  const uses = extensions.extendedKeyUsage?.map(purposeName) ?? ['any purpose'];
  const key = isCa ? publicKey.name : `${publicKey.name}, for ${uses.join(' and ')}`;
  return [
    validityText(certificate, now),
    ...(subjectAltNames.length === 0
      ? []
      : wrapped(subjectAltNames.map(printGeneralName).join(', '), WIDTH)),
    key,
  ];
}

/** From when to when a certificate is valid, and how that lies to `now`. */
export function validityText({ notBefore, notAfter }: Certificate, now: number): string {
  const days = `${day(notBefore)} to ${day(notAfter)}`;
  if (now < notBefore) return `${days}, NOT YET VALID for another ${span(notBefore - now)}`;
  if (now >= notAfter + 1000) return `${days}, EXPIRED ${span(now - notAfter)} ago`;
  return `${days}, ${span(notAfter - now)} left`;
}

function nameOf(certificate: Certificate): string {
  return printName(certificate.subject) || '(empty subject)';
}

function isSelfIssued(certificate: Certificate): boolean {
  return certificate.canonicalSubject === certificate.canonicalIssuer;
}

/** A self-issued certificate without extensions is a root of the old kind. */
function isRootOf(certificate: Certificate): boolean {
  return isSelfIssued(certificate) && certificate.version === 1;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
