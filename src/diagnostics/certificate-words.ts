import type { Certificate } from '../pki/certificate.ts';
import { OID } from '../pki/oids.ts';
import { nameInDetail } from '../pki/peer-cause.ts';
import type { Evidence } from './evidence.ts';
import { shellWord } from './quoted-word.ts';

/** Which of the presented certificates one is. */
export type Place = 'leaf' | 'intermediate' | 'anchor';

export function placeOf(certificate: Certificate, evidence: Evidence): Place {
  const leaf = evidence.chain[0];
  if (leaf !== undefined && certificate.equals(leaf)) return 'leaf';
  const isAnchor = evidence.server?.anchors.some((anchor) => anchor.equals(certificate)) === true;
  return isAnchor ? 'anchor' : 'intermediate';
}

export function subjectOf(certificate: Certificate): string {
  return nameInDetail(certificate.subject);
}

export function issuerOf(certificate: Certificate): string {
  return nameInDetail(certificate.issuer);
}

/** The command that issues a certificate for the same client by our own authority. */
export function issueCommand(evidence: Evidence): string {
  return `countersign issue client ${shellWord(clientName(evidence.chain[0]))}`;
}

function clientName(leaf: Certificate | undefined): string {
  if (leaf === undefined) return 'NAME';
  const email = leaf.subjectAltNames.find(({ kind }) => kind === 'email');
  const common = leaf.subject.flat().find(({ type }) => type === OID.commonName);
  const name = email?.kind === 'email' ? email.value : (common?.value ?? '');
  // A name like an option would be taken for one.
  return name === '' || name.startsWith('-') ? 'NAME' : name;
}

/** How the server certificate that was chosen is named in the configuration. */
export function serverOf(evidence: Evidence): string {
  return evidence.server?.name ?? evidence.listener.name;
}
