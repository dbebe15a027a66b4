import type { Certificate } from '../pki/certificate.ts';
import { OID } from '../pki/oids.ts';
import type { Evidence } from './evidence.ts';
import { issuerOf, subjectOf } from './certificate-words.ts';

/** What a client can hold against the chain that it was shown. */
export type ServerFault =
  | { readonly kind: 'expired'; readonly at: number }
  | { readonly kind: 'not-yet-valid'; readonly at: number }
  /** It names others than the client asked for. */
  | { readonly kind: 'other-name'; readonly names: readonly string[] }
  /** Clients of today compare SANs alone. */
  | { readonly kind: 'no-san' }
  | { readonly kind: 'not-for-servers' };

export interface ServerChain {
  readonly subject: string;
  /** The CA that a client has to know to trust this chain. */
  readonly root: string;
  readonly length: number;
  readonly faults: readonly ServerFault[];
}

/** The chain of our own that a client was shown, seen with its eyes; null: there is none. */
export function serverChainOf({ server, record, at }: Evidence): ServerChain | null {
  const leaf = server?.chain[0];
  const last = server?.chain.at(-1);
  if (server === null || leaf === undefined || last === undefined) return null;
  return {
    subject: subjectOf(leaf),
    root: issuerOf(last),
    length: server.chain.length,
    faults: faultsOf(leaf, record.sni, at),
  };
}

function faultsOf(leaf: Certificate, sni: string | null, at: number): ServerFault[] {
  const faults: ServerFault[] = [];
  if (at >= leaf.notAfter + 1000) faults.push({ kind: 'expired', at: leaf.notAfter });
  if (at < leaf.notBefore) faults.push({ kind: 'not-yet-valid', at: leaf.notBefore });
  const names = leaf.subjectAltNames.flatMap((san) => (san.kind === 'dns' ? [san.value] : []));
  if (leaf.subjectAltNames.length === 0) faults.push({ kind: 'no-san' });
  else if (sni !== null && !names.some((name) => covers(name.toLowerCase(), sni))) {
    faults.push({ kind: 'other-name', names });
  }
  const purposes = leaf.extensions.extendedKeyUsage;
  if (purposes !== null && !purposes.includes(OID.serverAuth)) {
    faults.push({ kind: 'not-for-servers' });
  }
  return faults;
}

/** RFC 9525 section 6.3: a wildcard stands for the whole first label. */
function covers(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return name === host;
  const dot = host.indexOf('.');
  return dot > 0 && name.slice(2) === host.slice(dot + 1);
}
