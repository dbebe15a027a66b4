import type { Refusal } from '../../policy/decision.ts';
import type { Deadlines } from '../../tls/deadlines.ts';
import type { HandshakeRecord } from '../../tls/handshake-record.ts';
import type { NatsConnection } from './nats-connection.ts';
import type { NatsLimits } from './options.ts';
import type { NatsUsers } from './users.ts';
import type { FrontInfo } from './wire/server-info.ts';

/** What a NATS listener tells of its connections. */
export interface NatsEvents {
  upstreamFailed(
    upstream: string,
    failure: { readonly code: string; readonly detail: string },
    handshakeId: string,
  ): void;
  /** A CONNECT, a message or a subscription was refused; `path` is the user or the subject. */
  requestRefused(record: HandshakeRecord, refusal: Refusal, method: string, path: string): void;
  /** The client called itself `sent`, and is `user` by its certificate. */
  credentialsIgnored(record: HandshakeRecord, user: string, sent: string): void;
}

/** What the connections of one frontend share. */
export interface ConnectionContext {
  readonly users: NatsUsers;
  readonly limits: NatsLimits;
  readonly events: NatsEvents;
  /** The upstream in records. */
  readonly upstreamName: string;
  /** Connections whose CONNECT is awaited. */
  readonly logins: Deadlines<NatsConnection>;
  frontInfo(clientAddress: string): FrontInfo;
}
