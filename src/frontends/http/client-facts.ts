import type { Certificate } from '../../pki/certificate.ts';
import type { GeneralName } from '../../pki/general-name.ts';
import type { PeerVerdict } from '../../pki/peer.ts';
import type { ClientFacts } from './exchange.ts';
import type { ClientStanding } from './http-session.ts';
import { fieldText } from './identity-fields.ts';

/** What HTTP tells about the client of a connection; made once for each. */
export function clientFacts(connection: Omit<ClientStanding, 'context'>): ClientFacts {
  const { record, verdict, principal } = connection;
  const { sans, chain, fingerprint } = chainFacts(presentedChain(verdict));
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
    sans,
    chain,
    fingerprint,
    logged: undefined,
  };
}

type ChainFacts = Pick<ClientFacts, 'sans' | 'chain' | 'fingerprint'>;

/** Of a client that is known the chain is the same object whenever it comes. */
const factsByChain = new WeakMap<readonly Certificate[], ChainFacts>();

function chainFacts(chain: readonly Certificate[]): ChainFacts {
  const known = factsByChain.get(chain);
  if (known !== undefined) return known;
  const leaf = chain.at(0);
  const made: ChainFacts = {
    sans: leaf === undefined ? [] : leaf.subjectAltNames.map(printSan).filter((san) => san !== ''),
    chain: chain.map((certificate) => certificate.der),
    fingerprint: leaf?.fingerprint ?? '',
  };
  factsByChain.set(chain, made);
  return made;
}

function presentedChain(verdict: PeerVerdict): readonly Certificate[] {
  if (verdict.kind === 'verified') return verdict.peer.chain;
  return verdict.kind === 'failed' ? verdict.chain : NONE;
}

const NONE: readonly Certificate[] = [];

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
