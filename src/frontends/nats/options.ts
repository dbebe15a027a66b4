import type { SubjectPermissionOptions } from '../../policy/subject-permissions.ts';
import type { UpstreamOptions } from '../../upstreams/options.ts';

/** What a NATS listener does with its clients. */
export interface NatsOptions {
  /** A nats-server. Its `tls` is what TLS to it is done with, should it be done; null: it never is. */
  readonly upstream: UpstreamOptions;
  /** `required`: a server that offers no TLS is not talked to. `when-asked`: as the server says. */
  readonly upstreamTls: 'required' | 'when-asked';
  /** Starts TLS before INFO, and reaches for the upstream once the client is admitted. */
  readonly handshakeFirst: boolean;
  /** By name; a user who is not here is mapped, and has no password, no permissions and no credentials. */
  readonly users: ReadonlyMap<string, NatsUserOptions>;
  readonly limits: NatsLimits;
}

/** A user of `authorization.users`, as far as NATS is concerned. */
export interface NatsUserOptions {
  /** What its client must send in CONNECT as well; null: nothing. */
  readonly password: string | null;
  /** null: everything that the upstream allows. */
  readonly permissions: SubjectPermissionOptions | null;
  /** Who it is at the upstream; null: a user of the same name, without a password. */
  readonly credentials: NatsCredentials | null;
}

export type NatsCredentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'user'; readonly user: string; readonly password: string | null }
  | { readonly kind: 'token'; readonly token: string }
  /** An nkey with its Ed25519 key, PKCS#8 PEM. */
  | { readonly kind: 'nkey'; readonly publicKey: string; readonly keyPem: string };

/** Bounds on what one NATS connection may take. */
export interface NatsLimits {
  /** Bytes of a control line behind its verb. */
  readonly maxControlLine: number;
  /** From INFO, or the end of the handshake, to CONNECT, milliseconds. */
  readonly connectTimeoutMs: number;
  /** The time over which connections are ended that have to go, milliseconds. */
  readonly lameDuckMs: number;
}

/** nats-server's own, but for the last: it takes two minutes for that. */
export const DEFAULT_NATS_LIMITS: NatsLimits = {
  maxControlLine: 4096,
  connectTimeoutMs: 3000,
  lameDuckMs: 5000,
};
