import { Deadlines } from '../../tls/deadlines.ts';
import { closeGently } from '../../tls/linger.ts';
import type { HandshakeRecord } from '../../tls/handshake-record.ts';
import type { Greeting } from '../../tls/greeting.ts';
import type { TlsListenerOptions } from '../../tls/options.ts';
import { Roster } from '../../tls/roster.ts';
import { Dialer } from '../../upstreams/dial.ts';
import type { AcceptedConnection, DialledUpstream, Frontend } from '../frontend.ts';
import type { MessagingEvents } from '../messaging-events.ts';
import type { ConnectionContext } from './connection-context.ts';
import { NatsConnection } from './nats-connection.ts';
import type { NatsOptions } from './options.ts';
import { type LinkFailure, openLink } from './upstream-link.ts';
import { NatsUsers } from './users.ts';
import { keepLink, takeLink } from './waiting-link.ts';
import { errorLine } from './wire/error-line.ts';
import { clientInfoLine, MINIMAL_INFO } from './wire/server-info.ts';

/**
 * NATS in front of a nats-server: the upstream's INFO, made right for this side, TLS, then the client's
 * operations under the user that its certificate is.
 */
export class NatsFrontend implements Frontend {
  readonly greet: Greeting | null;
  readonly #options: NatsOptions;
  readonly #events: MessagingEvents;
  readonly #dialer: Dialer;
  readonly #context: ConnectionContext;
  readonly #connections = new Roster<NatsConnection>();
  #isDraining = false;

  constructor(options: NatsOptions, tls: TlsListenerOptions, events: MessagingEvents) {
    this.#options = options;
    this.#events = events;
    this.#dialer = new Dialer(options.upstream);
    this.#context = makeContext(options, tls, events);
    this.greet = options.handshakeFirst ? null : this.#greet;
  }

  get upstreams(): readonly DialledUpstream[] {
    return [{ name: this.#options.upstream.name, health: this.#dialer.health() }];
  }

  /** A client whose certificate is good and matches no user is told so; others are just closed. */
  servesRefused({ decision }: AcceptedConnection): boolean {
    return decision.decision === 'refuse' && decision.code === 'no-user-matches';
  }

  serve(accepted: AcceptedConnection): void {
    const { socket, record, decision } = accepted;
    const link = takeLink(record, this.#dialer);
    if (decision.decision === 'refuse') {
      link?.socket.destroy();
      this.#turnAway(accepted, link !== null);
      return;
    }
    const connection = new NatsConnection(accepted, this.#context);
    const place = this.#connections.add(connection);
    socket.on('close', () => this.#connections.remove(place));
    if (this.#isDraining) connection.retire(this.#options.limits.lameDuckMs);
    if (link !== null) {
      connection.begin(link, true);
      return;
    }
    openLink(this.#dialer, this.#options.upstreamTls, (result) => {
      if (result.ok) return connection.begin(result.link, false);
      this.#tellFailure(result.failure, record);
      connection.giveUp();
    });
  }

  /** Clients are told to look for another server, and their connections end one after the other. */
  drain(): void {
    this.#isDraining = true;
    const { lameDuckMs } = this.#options.limits;
    const each = lameDuckMs / 2 / Math.max(this.#connections.size, 1);
    let inMs = lameDuckMs / 2;
    for (const connection of this.#connections) {
      inMs += each;
      connection.retire(inMs);
    }
  }

  readonly #greet: Greeting = (raw, record, proceed) => {
    openLink(this.#dialer, this.#options.upstreamTls, (result) => {
      if (!result.ok) {
        this.#tellFailure(result.failure, record);
        proceed({ cause: 'no-upstream', detail: result.failure.code });
        return;
      }
      const { link } = result;
      if (raw.isClosed) {
        link.socket.destroy();
        return;
      }
      keepLink(record, link, raw, this.#dialer);
      raw.write(clientInfoLine(link.info, this.#context.frontInfo(record.remoteAddress), false));
      proceed(null);
    });
  };

  /** `isGreeted`: INFO was sent, without which no client listens to anything. */
  #turnAway({ socket, record }: AcceptedConnection, isGreeted: boolean): void {
    const error = errorLine('Authorization Violation');
    const front = this.#context.frontInfo(record.remoteAddress);
    const info = isGreeted ? [] : [clientInfoLine(MINIMAL_INFO, front, false)];
    closeGently(socket, Buffer.concat([...info, error]));
  }

  #tellFailure(failure: LinkFailure, record: HandshakeRecord): void {
    this.#events.upstreamFailed(this.#options.upstream.name, failure, record.id);
  }
}

function makeContext(
  options: NatsOptions,
  tls: TlsListenerOptions,
  events: MessagingEvents,
): ConnectionContext {
  const users = new NatsUsers(options.users);
  const { limits, upstream } = options;
  const { fallback } = tls;
  const certificates = fallback === null ? tls.certificates : [fallback, ...tls.certificates];
  const tlsVerify = certificates.every(({ mode }) => mode === 'true');
  const authenticates =
    users.haveLogins || certificates.every(({ mode, mapping }) => mode === 'true' && mapping);
  return {
    users,
    limits,
    events,
    upstreamName: upstream.name,
    logins: new Deadlines(limits.connectTimeoutMs, (connection) => connection.expire()),
    frontInfo: (clientAddress) => ({
      tlsVerify,
      authenticates,
      clientAddress,
    }),
  };
}
