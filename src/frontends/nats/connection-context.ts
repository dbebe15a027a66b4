import type { Deadlines } from '../../tls/deadlines.ts';
import type { MessagingEvents } from '../messaging-events.ts';
import type { NatsConnection } from './nats-connection.ts';
import type { NatsLimits } from './options.ts';
import type { NatsUsers } from './users.ts';
import type { FrontInfo } from './wire/server-info.ts';

/** What the connections of one frontend share. */
export interface ConnectionContext {
  readonly users: NatsUsers;
  readonly limits: NatsLimits;
  readonly events: MessagingEvents;
  /** The upstream in records. */
  readonly upstreamName: string;
  /** Connections whose CONNECT is awaited. */
  readonly logins: Deadlines<NatsConnection>;
  frontInfo(clientAddress: string): FrontInfo;
}
