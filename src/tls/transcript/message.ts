/** What one message of a handshake says, as far as people ask. Buffers are views of what was sent. */
export type Message =
  | ClientHelloMessage
  | ServerHelloMessage
  | {
      readonly kind: 'hello-retry-request';
      readonly version: number;
      readonly cipherSuite: number;
      /** The group that the client is to send a key share of; null: it asks for something else. */
      readonly group: number | null;
      readonly cookie: boolean;
    }
  | { readonly kind: 'encrypted-extensions'; readonly alpn: string | null }
  | CertificateRequestMessage
  | CertificateMessage
  | { readonly kind: 'certificate-status' }
  | {
      readonly kind: 'server-key-exchange';
      readonly group: number | null;
      /** Null: it isn't signed, or in a form that is not read here. */
      readonly scheme: number | null;
    }
  | { readonly kind: 'server-hello-done' }
  | { readonly kind: 'client-key-exchange' }
  | { readonly kind: 'certificate-verify'; readonly scheme: number }
  | { readonly kind: 'finished' }
  | { readonly kind: 'new-session-ticket'; readonly lifetimeSeconds: number }
  | { readonly kind: 'key-update' }
  | { readonly kind: 'hello-request' }
  | { readonly kind: 'other-handshake'; readonly type: number }
  | { readonly kind: 'change-cipher-spec' }
  | { readonly kind: 'alert'; readonly fatal: boolean; readonly description: number }
  /** `start` is what it begins with, at most 256 bytes. */
  | { readonly kind: 'application-data'; readonly start: Buffer }
  /** A record that can't be opened here; its kind is known in TLS 1.2 alone. */
  | { readonly kind: 'encrypted'; readonly content: 'alert' | 'handshake' | 'unknown' }
  | { readonly kind: 'malformed'; readonly detail: string }
  /** Bytes that are not TLS, at most 256. */
  | { readonly kind: 'foreign'; readonly start: Buffer }
  /** The bytes end in the middle of a record or message. */
  | { readonly kind: 'unfinished' };

export interface ClientHelloMessage {
  readonly kind: 'client-hello';
  readonly sni: string | null;
  readonly alpn: readonly string[];
  readonly versions: readonly number[];
  readonly groups: readonly number[];
  /** Groups that a key share was sent of: only these save a round trip. */
  readonly keyShares: readonly number[];
  readonly cipherSuites: readonly number[];
  /** Whether it offers to go on with an earlier session. */
  readonly resumes: boolean;
}

export interface ServerHelloMessage {
  readonly kind: 'server-hello';
  readonly version: number;
  readonly cipherSuite: number;
  /** The group of the key exchange; null: not named in this message. */
  readonly group: number | null;
  readonly alpn: string | null;
  /** Whether it goes on with the session that the client offered. */
  readonly resumes: boolean;
}

export interface CertificateRequestMessage {
  readonly kind: 'certificate-request';
  /** DER of the names of CAs whose certificates are asked for; empty: of any. */
  readonly authorities: readonly Buffer[];
  readonly schemes: readonly number[];
}

export interface CertificateMessage {
  readonly kind: 'certificate';
  /** DER, leaf first; empty: the client has none to show. */
  readonly chain: readonly Buffer[];
  /** Whether an OCSP answer goes along. */
  readonly stapled: boolean;
}
