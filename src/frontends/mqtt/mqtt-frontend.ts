import { Deadlines } from '../../tls/deadlines.ts';
import { Roster } from '../../tls/roster.ts';
import { Dialer } from '../../upstreams/dial.ts';
import type { AcceptedConnection, DialledUpstream, Frontend } from '../frontend.ts';
import type { MessagingEvents } from '../messaging-events.ts';
import type { ConnectionContext } from './connection-context.ts';
import { MqttConnection } from './mqtt-connection.ts';
import type { MqttOptions } from './options.ts';
import { MqttUsers } from './users.ts';

/**
 * MQTT 3.1.1 and 5 in front of a broker: the client's CONNECT, made the one of the user that its
 * certificate is, then its packets as far as that user may send them.
 */
export class MqttFrontend implements Frontend {
  readonly greet = null;
  readonly #options: MqttOptions;
  readonly #context: ConnectionContext;
  readonly #connections = new Roster<MqttConnection>();
  #isDraining = false;

  constructor(options: MqttOptions, events: MessagingEvents) {
    const { upstream, users, clientId, limits } = options;
    this.#options = options;
    this.#context = {
      users: new MqttUsers(users),
      clientId,
      limits,
      events,
      dialer: new Dialer(upstream),
      logins: new Deadlines(limits.connectTimeoutMs, (connection) => connection.expire()),
    };
  }

  get upstreams(): readonly DialledUpstream[] {
    return [{ name: this.#options.upstream.name, health: this.#context.dialer.health() }];
  }

  /** A client whose certificate is good and matches no user is told so; others are just closed. */
  servesRefused({ decision }: AcceptedConnection): boolean {
    return decision.decision === 'refuse' && decision.code === 'no-user-matches';
  }

  serve(accepted: AcceptedConnection): void {
    const connection = new MqttConnection(accepted, this.#context);
    const place = this.#connections.add(connection);
    accepted.socket.on('close', () => this.#connections.remove(place));
    if (this.#isDraining) connection.retire(this.#options.limits.drainMs);
  }

  /** Connections end one after the other, those of MQTT 5 with a word; clients come again. */
  drain(): void {
    this.#isDraining = true;
    const { drainMs } = this.#options.limits;
    const each = drainMs / Math.max(this.#connections.size, 1);
    let inMs = 0;
    for (const connection of this.#connections) {
      inMs += each;
      connection.retire(inMs);
    }
  }
}
