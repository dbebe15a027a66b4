import type { Socket } from 'node:net';
import type { Principal } from '../identity/user-directory.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import type { Decision } from '../policy/decision.ts';
import type { Greeting } from '../tls/greeting.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import type { ServerContext } from '../tls/server-context.ts';
import type { ServerSocket } from '../tls/server-handshake.ts';
import type { UpstreamHealth } from '../upstreams/health.ts';

/** What a handshake led to. */
export interface DecidedHandshake {
  readonly context: ServerContext;
  readonly record: HandshakeRecord;
  readonly verdict: PeerVerdict;
  readonly principal: Principal | null;
  /** What `decide` said to the action `connect`. */
  readonly decision: Decision;
}

/** A connection whose handshake is over and whose client was decided upon. */
export interface AcceptedConnection extends DecidedHandshake {
  readonly socket: ServerSocket;
}

/** A connection without TLS: nobody knows who is at its other end. */
export interface PlainConnection {
  readonly socket: Socket;
  /** Of a handshake that there was none of: who connected, and the id that finds the connection again. */
  readonly record: HandshakeRecord;
}

/** A connection that is handed on as it came, by the server name that its client sent. */
export interface PassedConnection extends PlainConnection {
  /** Which of the listener's `passthrough` the server name belongs to. */
  readonly name: string;
}

/** An upstream by its name in the configuration, and how it does. */
export interface DialledUpstream {
  readonly name: string;
  readonly health: UpstreamHealth;
}

/** What speaks one protocol on a listener. Made once a listener and snapshot. */
export interface Frontend {
  /** What the protocol says before TLS starts; null: TLS comes first. */
  readonly greet: Greeting | null;
  /** The upstreams that it dials itself; absent: it shares them with other listeners. */
  readonly upstreams?: readonly DialledUpstream[];
  /**
   * Takes a connection over, for its whole life. A refused one comes too where `servesRefused` says so:
   * the frontend then answers in its protocol's words and serves nothing else.
   */
  serve(connection: AcceptedConnection): void;
  /**
   * Takes over a connection whose server name is handed on, and says where to; null: nowhere, and the
   * connection is the caller's still. Absent: none is handed on in this protocol.
   */
  pass?(connection: PassedConnection): string | null;
  /** Whether a client refused at the handshake still gets an answer in this protocol. */
  servesRefused(connection: AcceptedConnection): boolean;
  /** Connections end as soon as what they are doing is done. */
  drain(): void;
}

/** The same without TLS: everybody is served. */
export interface PlainFrontend extends Pick<Frontend, 'upstreams' | 'drain'> {
  /** Takes a connection over, for its whole life. Nothing was read from it; it may be paused. */
  serve(connection: PlainConnection): void;
}
