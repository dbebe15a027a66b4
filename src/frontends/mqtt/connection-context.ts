import type { Deadlines } from '../../tls/deadlines.ts';
import type { Dialer } from '../../upstreams/dial.ts';
import type { MessagingEvents } from '../messaging-events.ts';
import type { MqttConnection } from './mqtt-connection.ts';
import type { MqttLimits, MqttOptions } from './options.ts';
import type { MqttUsers } from './users.ts';

/** What the connections of one frontend share. */
export interface ConnectionContext {
  readonly users: MqttUsers;
  readonly clientId: MqttOptions['clientId'];
  readonly limits: MqttLimits;
  readonly events: MessagingEvents;
  readonly dialer: Dialer;
  /** Connections whose CONNECT is awaited. */
  readonly logins: Deadlines<MqttConnection>;
}
