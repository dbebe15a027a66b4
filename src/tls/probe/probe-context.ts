import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureVersion,
} from 'node:tls';

export interface ProbeContextOptions {
  /** Trust anchors for the server, PEM; null: the public ones, node's and the system's. */
  readonly caPem: string | null;
  /** The client's certificate: leaf first, then the intermediates; null: none is shown. */
  readonly client: { readonly certPem: string; readonly keyPem: string } | null;
  /** The newest version that is offered. */
  readonly maxVersion: Extract<SecureVersion, 'TLSv1.2' | 'TLSv1.3'>;
}

/** What a probe's handshakes are made with. Throws what OpenSSL throws for certificates it doesn't take. */
export function probeContext({ caPem, client, maxVersion }: ProbeContextOptions): SecureContext {
  return createSecureContext({
    ca: caPem === null ? publicRoots() : caPem,
    // An intermediate or a leaf that is named as the anchor is trusted as it is configured.
    allowPartialTrustChain: true,
    minVersion: 'TLSv1.2',
    maxVersion,
    ...(client === null ? {} : { cert: client.certPem, key: client.keyPem }),
  });
}

/** Trust anchors that are nobody's choice in particular: those that node brings and those of the system, PEM. */
export function publicRoots(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}
