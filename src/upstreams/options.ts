import type { AllowedPeer } from '../tls/server-judge.ts';

/** Where traffic goes. `key` is equal for two options that may share connections and sessions. */
export interface UpstreamOptions {
  /** The upstream as configured: its name or URL; for records, logs and errors. */
  readonly name: string;
  readonly address: UpstreamAddress;
  /** null: plain bytes. */
  readonly tls: UpstreamTlsOptions | null;
  /** Milliseconds to a connected (and, with TLS, verified) socket. */
  readonly connectTimeoutMs: number;
  /** How long an unused connection is kept for the next request, milliseconds. */
  readonly idleTimeoutMs: number;
  /** Most unused connections kept. */
  readonly maxIdle: number;
}

export type UpstreamAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

export interface UpstreamTlsOptions {
  /** Trust anchors, PEM. Empty: the system's public roots. */
  readonly caPem: readonly string[];
  /** Our own certificate and key towards the upstream; null: none. */
  readonly certPem: string | null;
  readonly keyPem: string | null;
  /**
   * The name that is sent as SNI (unless it is an IP address), and that the certificate must carry where
   * `allowPeers` is null.
   */
  readonly serverName: string;
  /** Names of which the certificate must carry one, instead of `serverName`; null: that. Empty: nobody is admitted. */
  readonly allowPeers: readonly AllowedPeer[] | null;
  /** SHA-256 of admitted SPKIs, lower-case hex. Empty: any key is admitted. */
  readonly pins: ReadonlySet<string>;
  /** Application protocols offered; empty: none. */
  readonly alpn: readonly string[];
}
