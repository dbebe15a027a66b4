import type { Certificate } from '../../pki/certificate.ts';
import type { GeneralName } from '../../pki/general-name.ts';
import type { PeerVerdict } from '../../pki/peer.ts';
import type { ClientFacts } from './exchange.ts';
import type { ClientStanding } from './http-session.ts';
import { fieldText } from './identity-fields.ts';

/** What HTTP tells about the client of a connection; made once for each. */
export function clientFacts(connection: Omit<ClientStanding, 'context'>): ClientFacts {
  const { record, verdict, principal } = connection;
  const chain = presentedChain(verdict);
  const leaf = chain.at(0);
  return {
    handshakeId: record.id,
    remoteAddress: record.remoteAddress,
    remotePort: record.remotePort,
    tlsVersion: record.version ?? '',
    user: principal === null ? null : fieldText(principal.user),
    subject: record.peer?.subject ?? '',
    issuer: record.peer?.issuer ?? '',
    serialNumber: record.peer?.serialNumber ?? '',
    verification: record.verification,
    sans: leaf === undefined ? [] : leaf.subjectAltNames.map(printSan).filter((san) => san !== ''),
    chain: chain.map((certificate) => certificate.der),
    fingerprint: leaf?.fingerprint ?? '',
  };
}

function presentedChain(verdict: PeerVerdict): readonly Certificate[] {
  if (verdict.kind === 'verified') return verdict.peer.chain;
  return verdict.kind === 'failed' ? verdict.chain : [];
}

/** `DNS:x`, `email:x`, `URI:x`, `IP:x`; empty for kinds that no service asks for. */
function printSan(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
      return fieldText(`DNS:${name.value}`);
    case 'email':
      return fieldText(`email:${name.value}`);
    case 'uri':
      return fieldText(`URI:${name.value}`);
    case 'ip':
      return `IP:${name.value}`;
    default:
      return '';
  }
}
