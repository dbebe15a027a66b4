import type { UpstreamOptions } from '../../upstreams/options.ts';

/** What an HTTP listener, or a certificate with routes of its own, does with requests. */
export interface SiteOptions {
  /** Tried in order; the first that matches decides. None matches: 404. */
  readonly routes: readonly RouteOptions[];
  /** Paths that need no client certificate. */
  readonly skipPaths: readonly PathPattern[];
  /** What a client with a bad or missing certificate sees: a closed connection, or 400. */
  readonly refusal: 'close' | 'http';
}

export interface RouteOptions {
  /** Lower-case host without port, exact or `*.` + name; null: any. */
  readonly host: string | null;
  readonly path: PathPattern | null;
  /** Upper-case methods; null: any. */
  readonly methods: ReadonlySet<string> | null;
  /** Users admitted; null: everyone that the handshake admitted. An empty set admits nobody. */
  readonly allow: ReadonlySet<string> | null;
  /** Whether only verified clients may use it where others are admitted as well. Absent: no. */
  readonly verify?: boolean;
  readonly target: TargetOptions;
}

/** `prefix` ends where the configuration's `*` stood. Compared with the decoded path. */
export interface PathPattern {
  readonly kind: 'exact' | 'prefix';
  readonly path: string;
}

export type TargetOptions =
  | {
      readonly kind: 'proxy';
      readonly upstream: UpstreamOptions;
      readonly http: 'h1' | 'h2c';
      readonly headers: IdentityHeaderOptions;
      /** What the upstream gets as Host; absent: what the client sent. */
      readonly host?: string;
      /** Fields beyond those; absent: none. */
      readonly added?: readonly AddedField[];
    }
  | { readonly kind: 'echo' }
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly body: string;
      readonly contentType: string;
    }
  | {
      readonly kind: 'files';
      readonly root: string;
      readonly tryFiles: readonly string[];
      readonly index: readonly string[];
    };

/** Identity headers beyond the ones that are always sent. */
export interface IdentityHeaderOptions {
  /** RFC 9440 Client-Cert and Client-Cert-Chain. */
  readonly clientCert: boolean;
  readonly clientCertChain: boolean;
  /** Envoy's X-Forwarded-Client-Cert. */
  readonly xfcc: boolean;
}

/** A field that requests get, in the place of whatever the client sent under its name. */
export interface AddedField {
  readonly name: string;
  /** What is known of the client; empty where it is not, and then the field is not sent. */
  readonly value: ClientFact | { readonly text: string };
}

/** Beside `verify` and `address`, known of clients with a verified certificate alone. */
export type ClientFact =
  | 'user'
  | 'dn'
  | 'issuer'
  /** Upper-case hex. */
  | 'serial'
  /** SHA-256, lower-case hex. */
  | 'fingerprint'
  /** Lower-case hex. */
  | 'fingerprint_sha1'
  /** PEM, percent-encoded. */
  | 'cert'
  | 'verify'
  | 'address';

/** Bounds on what one HTTP connection may take. */
export interface HttpLimits extends UpstreamLimits {
  /** A request head must be complete in this time, milliseconds; so must the wait for a connection's first. */
  readonly headTimeoutMs: number;
  /** A connection without a request in flight is closed after this, milliseconds. */
  readonly idleTimeoutMs: number;
  /** A client that sends nothing of the body it owes, or takes nothing of what is sent to it, is cut off after this, milliseconds. */
  readonly stallTimeoutMs: number;
  /** A connection ends after this time: when what it is doing is done, a tunnel at once. Milliseconds. */
  readonly lifetimeMs: number;
  /** Requests at a time of one HTTP/2 connection. */
  readonly maxStreams: number;
  /** A connection ends after this many requests. */
  readonly maxRequests: number;
}

/** Bounds on what one upstream may make us wait for and hold. */
export interface UpstreamLimits {
  /** Bytes of a request head, and of a response head. */
  readonly maxHeadBytes: number;
  readonly maxFields: number;
  /** Time to the upstream's response head, milliseconds. */
  readonly responseTimeoutMs: number;
}
