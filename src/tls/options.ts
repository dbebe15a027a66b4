import type { ClientAuthMode } from '../pki/client-auth-mode.ts';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/**
 * How clients resume: sessions that are kept here, tickets that clients keep, sealed by keys of ours, or
 * not at all.
 */
export type SessionMode = 'stateful' | 'tickets' | 'off';

/** One server certificate and what is asked of the clients that come to it. All PEM is text. */
export interface ServerTlsOptions {
  /** Names this certificate in records and errors: its file, or its id. */
  readonly name: string;
  /** Leaf first, then the intermediates, PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  /**
   * Names certificate and key where they are not here: `certPem` and `keyPem` are empty then, and both are
   * asked for when a client first comes. Equal numbers are the same certificate. Absent: they are here.
   */
  readonly materialId?: number;
  /** Server names this certificate answers to: exact or `*.` + name, lower case. Empty: only as a default. */
  readonly snis: readonly string[];
  readonly mode: ClientAuthMode;
  /** Whether a client is admitted only when its certificate maps to a user. */
  readonly mapping: boolean;
  /** Trust anchors for client certificates, PEM. Empty only where mode is `false`. */
  readonly caPem: readonly string[];
  /** Most intermediates between leaf and trust anchor; null: no limit. */
  readonly depth: number | null;
  /** SHA-256 of admitted SPKIs, lower-case hex. Empty: any key is admitted. */
  readonly pins: ReadonlySet<string>;
  readonly minVersion: TlsVersion;
  /** PEM or DER revocation lists. Empty: revocation is not checked by list. */
  readonly crls: readonly Uint8Array[];
  /** How long after its nextUpdate a list is relied on, milliseconds; Infinity: for ever. */
  readonly crlGraceMs: number;
  /** OpenSSL cipher string for TLS 1.2; null: the forward-secret authenticated suites. */
  readonly ciphers: string | null;
  /**
   * Lets the handshake succeed in mode `true` for a client without a certificate, because it is to be
   * refused, or served where no certificate is needed, in the protocol above. Otherwise such a client
   * gets the alert certificate_required. Opens nothing by itself: the verdict is `none` all the same.
   */
  readonly admitsUnverified: boolean;
  readonly sessions: SessionMode;
}

/** A listener's side of TLS: the certificates behind one port. */
export interface TlsListenerOptions {
  /** `listen` as configured; names the listener in records. */
  readonly name: string;
  /** Answers where no server name matches; null: such clients get the alert unrecognized_name. */
  readonly fallback: ServerTlsOptions | null;
  readonly certificates: readonly ServerTlsOptions[];
  /**
   * Server names, exact or `*.` and a name, whose connections are handed on as they are: no TLS of ours, and
   * nobody is verified. None of them is a certificate's. Absent: none.
   */
  readonly passthrough?: readonly string[];
  /** Application protocols in the server's order of preference, such as `h2`, `http/1.1`. Empty: ALPN is not answered. */
  readonly alpn: readonly string[];
  /** Accept to `secure`, milliseconds. */
  readonly timeoutMs: number;
  /** Handshakes at a time; for one more, that which has been in flight longest is dropped. */
  readonly maxInFlight: number;
  /** Answers plain HTTP on this port with 400; otherwise such a connection is closed. */
  readonly answersPlainHttp: boolean;
}
