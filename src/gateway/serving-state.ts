import type { DialledUpstream } from '../frontends/frontend.ts';
import type { IssuedCertificate } from '../tls/live-revocations.ts';
import type { RawConnection } from '../tls/raw-connection.ts';
import type { ListenerOptions } from './options.ts';

/** One snapshot's half of a listener: what it does with connections. */
export interface ServingState {
  readonly options: ListenerOptions;
  /** Those that its frontend dials itself. */
  readonly upstreams: readonly DialledUpstream[];
  /** Whether clients that it took are still in the handshake. */
  readonly hasHandshakes: boolean;
  /** Whether connections live that it admitted. */
  readonly hasConnections: boolean;
  /** Takes a fresh connection. */
  accept(raw: RawConnection): void;
  /** Closes the connections that are still in the handshake. */
  cutHandshakes(): void;
  /** Connections end as soon as what they are doing is done. */
  drain(): void;
  /** Gives way to the state of a newer snapshot. Returns how many connections were closed for that. */
  supersede(successor: ServingState): number;
  /** Returns how many connections were closed because a certificate of theirs was revoked. */
  closeRevoked(serialNumbers: ReadonlySet<string>): number;
  /** How many connections would be closed if this certificate were revoked. */
  countRelyingOn(certificate: IssuedCertificate): number;
}
