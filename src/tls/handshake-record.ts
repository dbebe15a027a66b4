import type { ClientAuthMode } from '../pki/client-auth-mode.ts';

/**
 * What one connection's handshake was, whatever its outcome. Holds nothing secret by construction:
 * every field is text, a number or a list of them, and none is taken from key material.
 */
export interface HandshakeRecord {
  /** Finds this connection again in the log, in answers and in events. */
  readonly id: string;
  readonly listener: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  durationMs: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  sni: string | null;
  offeredVersions: readonly string[];
  offeredAlpn: readonly string[];
  offeredGroups: readonly string[];
  /** Told only where nothing was shared; otherwise empty. */
  offeredCiphers: readonly string[];
  /** The server certificate chosen, by its `name`. */
  certificate: string | null;
  mode: ClientAuthMode | null;
  version: string | null;
  cipher: string | null;
  alpn: string | null;
  resumed: boolean;
  peer: PeerFacts | null;
  /** The certificates that the client sent; null: none, or none that can be read. */
  presented: PresentedChain | null;
  /** In the form of the X-Client-Verify header: SUCCESS, NONE or FAILED:code. */
  verification: string;
  outcome: 'pending' | 'admitted' | 'refused';
  /** The cause code of a refusal. */
  cause: string | null;
  /** What the cause is about, in words for the log: OpenSSL's code, the alert's name, a date. */
  detail: string | null;
  user: string | null;
}

/** A chain as its client presented it, bounded: for people who look for the fault in it. */
export interface PresentedChain {
  /** Leaf first, in the order in which they came. Those beyond the bound and those that can't be read are left out. */
  readonly certificates: readonly PeerFacts[];
  /** How many the client sent. */
  readonly count: number;
  /**
   * The certificate by which verification failed; null: it did not, or not by one of them. It need not
   * be among those that were sent: a trust anchor expires as well.
   */
  readonly fault: PeerFacts | null;
}

/** The facts of a presented leaf that are safe to print: strings are RFC 4514 text, escaped. */
export interface PeerFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** SHA-256, lower-case hex. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
}
