import type { Certificate } from './certificate.ts';
import type { Attribute, Name, RDN } from './name.ts';
import { matchesServerName } from './server-name.ts';

/** One name by which a peer may be known. */
export type AllowedPeer =
  /** A host name, or an IP address; compared as `matchesServerName` does. */
  | { readonly kind: 'host'; readonly name: string }
  /** A SAN URI, compared character by character. */
  | { readonly kind: 'uri'; readonly uri: string }
  /** The whole subject: types and values as they are, RDNs in any order, a multi-valued RDN as a set. */
  | { readonly kind: 'dn'; readonly name: Name };

/** Whether a certificate carries one of these names. An empty list fits nobody. */
export function isAllowedPeer(certificate: Certificate, allowed: readonly AllowedPeer[]): boolean {
  return allowed.some((peer) => {
    switch (peer.kind) {
      case 'host':
        return matchesServerName(certificate, peer.name);
      case 'uri':
        return certificate.subjectAltNames.some(
          (name) => name.kind === 'uri' && name.value === peer.uri,
        );
      case 'dn':
        return nameKey(certificate.subject) === nameKey(peer.name);
    }
  });
}

/** Equal exactly for equal names; that without an RDN equals none. */
function nameKey(name: Name): string | null {
  return name.length === 0 ? null : JSON.stringify(name.map(rdnKey).toSorted());
}

function rdnKey(rdn: RDN): string {
  return JSON.stringify(rdn.map(attributeKey).toSorted());
}

function attributeKey({ type, value }: Attribute): string {
  return `${type}=${value}`;
}
