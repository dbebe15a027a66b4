import type { Socket } from 'node:net';
import {
  refuseTopic,
  type TopicAction,
  type TopicPermissions,
} from '../../policy/topic-permissions.ts';
import type { Timed } from '../../tls/deadlines.ts';
import { closeGently } from '../../tls/linger.ts';
import type { DialResult } from '../../upstreams/dial.ts';
import type { AcceptedConnection } from '../frontend.ts';
import { Interjections } from '../interjections.ts';
import { RefusalLog } from '../refusal-log.ts';
import { Relay, type RelayTaker } from '../relay.ts';
import { ConnectAwaiting } from './connect-awaiting.ts';
import type { ConnectionContext } from './connection-context.ts';
import { logIn } from './login.ts';
import { Subscriptions } from './subscriptions.ts';
import type { MqttUser } from './users.ts';
import {
  acknowledgement,
  connackPacket,
  disconnectPacket,
  FAULT_REASONS,
  publishRefusal,
  REASON,
  type Reason,
} from './wire/answers.ts';
import { ClientReader, type ClientReaderEvents } from './wire/client-reader.ts';
import { readConnect } from './wire/connect.ts';
import { PACKET, type ProtocolLevel } from './wire/packet.ts';
import { PROPERTY } from './wire/properties.ts';
import type { Subscribe } from './wire/subscribe.ts';
import { UpstreamReader, type UpstreamReaderEvents } from './wire/upstream-reader.ts';

/** One client with the upstream connection that is its own, for the life of both. */
export class MqttConnection implements ClientReaderEvents, UpstreamReaderEvents, RelayTaker, Timed {
  deadline = 0;
  earlier: Timed | null = null;
  later: Timed | null = null;
  readonly #context: ConnectionContext;
  readonly #accepted: AcceptedConnection;
  readonly #client: Socket;
  readonly #refusals: RefusalLog;
  readonly #awaiting: ConnectAwaiting;
  #level: ProtocolLevel | null = null;
  /** Bytes of a packet that the client takes. */
  #mostForClient = Number.POSITIVE_INFINITY;
  #user: MqttUser | null = null;
  #permissions: TopicPermissions | null = null;
  #upstream: Socket | null = null;
  #relay: FramedRelay | null = null;
  /** The client has had its CONNACK. */
  #isConnected = false;
  #isOver = false;
  #subscriptions: Subscriptions | null = null;
  /** Messages of QoS 2 that were not delivered, by packet identifier. */
  readonly #undelivered = new Set<number>();

  /** Awaits CONNECT. */
  constructor(accepted: AcceptedConnection, context: ConnectionContext) {
    const client = accepted.socket;
    this.#accepted = accepted;
    this.#context = context;
    this.#client = client;
    this.#refusals = new RefusalLog(context.events, accepted.record);
    client.on('error', ignore);
    client.on('close', this.#onClientGone);
    client.on('end', this.#onClientGone);
    context.logins.add(this);
    const { maxHeld } = context.limits;
    this.#awaiting = new ConnectAwaiting(client, maxHeld, (body) => this.#login(body));
  }

  /** CONNECT is late. */
  expire(): void {
    this.#end(null);
  }

  /** Ends the connection `inMs` later, between two packets. */
  retire(inMs: number): void {
    if (!this.#isOver) setTimeout(() => this.#retired(), inMs).unref();
  }

  fromClient(chunk: Buffer): void {
    const fault = this.#relay?.fromClient.push(chunk) ?? null;
    if (fault !== null) this.#end(FAULT_REASONS[fault]);
  }

  fromUpstream(chunk: Buffer): void {
    if (this.#relay?.fromUpstream.push(chunk) !== false) return;
    this.#tellFailure('not-mqtt', 'it sent what is not MQTT');
    this.#end(REASON.serverUnavailable);
  }

  toUpstream(bytes: Buffer): void {
    this.#relay?.both.toUpstream.add(bytes);
  }

  toClient(bytes: Buffer): void {
    this.#relay?.both.toClient.add(bytes);
  }

  mayPublish(bytes: Buffer, from: number, to: number): boolean {
    if (this.#permissions?.mayPublish(bytes.toString('latin1', from, to)) !== false) return true;
    this.#tellRefused('publish', bytes.toString('utf8', from, to));
    return false;
  }

  publishRefused(qos: number, id: number): void {
    if (qos > 0) this.#tellClient(publishRefusal(qos, id));
  }

  subscribe(subscribe: Subscribe): 'passes' | 'handled' | 'too-many' {
    const outcome = this.#subscriptions?.ask(subscribe, this.#subscriptionRefused);
    switch (outcome?.kind) {
      case undefined:
      case 'all':
        return 'passes';
      case 'too-many':
        return 'too-many';
      case 'none':
        this.#tellClient(outcome.suback);
        return 'handled';
      case 'part':
        if (this.#relay !== null) this.#relay.fromUpstream.takesSubacks = true;
        this.toUpstream(outcome.subscribe);
        return 'handled';
    }
  }

  clientPacketEnded(): void {
    const relay = this.#relay;
    if (relay !== null) this.toUpstream(relay.forUpstream.take());
  }

  connack(reason: number): void {
    this.#isConnected = true;
    if (this.#user === null || !REFUSED_CREDENTIALS.has(reason)) return;
    this.#tellFailure('credentials', `it refused the credentials of ${this.#user.name}`);
  }

  suback(body: Buffer): boolean | null {
    const merged = this.#subscriptions?.merge(body) ?? null;
    if (merged === null || merged === 'same') return merged === null ? null : true;
    if (this.#relay !== null) {
      this.#relay.fromUpstream.takesSubacks = this.#subscriptions?.isAwaited === true;
    }
    this.toClient(merged);
    return false;
  }

  mayDeliver(bytes: Buffer, from: number, to: number): boolean {
    return this.#permissions?.mayReceive(bytes.toString('latin1', from, to)) !== false;
  }

  deliveryRefused(qos: number, id: number): void {
    if (qos === 0) return;
    if (qos === 2) this.#undelivered.add(id);
    this.#tellUpstream(acknowledgement(qos === 1 ? PACKET.puback : PACKET.pubrec, id));
  }

  released(id: number): boolean {
    if (!this.#undelivered.delete(id)) return false;
    this.#tellUpstream(acknowledgement(PACKET.pubcomp, id));
    return true;
  }

  upstreamPacketEnded(): void {
    this.#relay?.both.tellWaiting();
  }

  #login(body: Buffer | null): void {
    this.#context.logins.remove(this);
    if (body === null) {
      this.#end(null);
      return;
    }
    const context = this.#context;
    const { record } = this.#accepted;
    const result = readConnect(body);
    if (result.kind !== 'connect') {
      const level = result.kind === 'version' ? answerLevel(result.level) : result.level;
      this.#level = level;
      this.#end(result.kind === 'version' ? REASON.unsupportedVersion : REASON.malformed);
      return;
    }
    const { connect } = result;
    this.#level = connect.level;
    this.#mostForClient =
      connect.properties?.numbers.get(PROPERTY.maximumPacketSize) ?? this.#mostForClient;
    if (this.#accepted.decision.decision === 'refuse') {
      this.#end(REASON.notAuthorized);
      return;
    }
    const login = logIn(connect, this.#accepted, context.users, context.clientId);
    if (login.kind === 'refused') {
      const { refusal, operation, name, reason } = login;
      context.events.requestRefused(record, refusal, operation, name);
      this.#end(reason);
      return;
    }
    const { user, ignored, packet } = login;
    this.#user = user;
    this.#permissions = user === null ? null : user.permissions;
    if (user !== null && ignored !== null) {
      context.events.credentialsIgnored(record, user.name, ignored);
    }
    context.dialer.dial((dialled) => this.#dialled(dialled, connect.level, packet));
  }

  #dialled(dialled: DialResult, level: ProtocolLevel, connect: Buffer): void {
    if (!dialled.ok) {
      const { code, detail } = dialled.failure;
      this.#tellFailure(code, detail);
      this.#end(REASON.serverUnavailable);
      return;
    }
    const { socket } = dialled;
    socket.on('error', ignore);
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    const { maxPacket, maxHeld } = this.#context.limits;
    const permissions = this.#permissions;
    const asksSubscribe = permissions?.subscribesAll === false;
    if (asksSubscribe) this.#subscriptions = new Subscriptions(level, permissions);
    const asksPublish = permissions?.publishesAll === false;
    const takesAuth = this.#user === null;
    this.#upstream = socket;
    this.#relay = {
      both: new Relay(this.#client, socket, this),
      fromClient: new ClientReader(this, {
        level,
        asksPublish,
        asksSubscribe,
        takesAuth,
        maxPacket,
        maxHeld,
      }),
      fromUpstream: new UpstreamReader(this, { level, asksDeliver: asksSubscribe }),
      forUpstream: new Interjections(),
    };
    socket.on('end', this.#onUpstreamGone);
    socket.on('close', this.#onUpstreamGone);
    socket.write(connect);
    this.#relay.both.begin();
  }

  readonly #onClientGone = (): void => this.#end(null);

  readonly #onUpstreamGone = (): void => {
    this.#relay?.both.flush();
    if (this.#isConnected) return this.#end(null);
    this.#tellFailure('reset', 'closed before CONNACK');
    this.#end(REASON.serverUnavailable);
  };

  readonly #subscriptionRefused = (filter: Buffer): void =>
    this.#tellRefused('subscribe', filter.toString('utf8'));

  #tellRefused(action: TopicAction, topic: string): void {
    const user = this.#user === null ? '' : this.#user.name;
    const operation = action === 'publish' ? 'PUBLISH' : 'SUBSCRIBE';
    this.#refusals.refused(operation, topic, () => refuseTopic(user, action, topic));
  }

  #tellFailure(code: string, detail: string): void {
    const { events, dialer } = this.#context;
    events.upstreamFailed(dialer.options.name, { code, detail }, this.#accepted.record.id);
  }

  /** Says something of our own to the client, between two packets. */
  #tellClient(packet: Buffer): void {
    const relay = this.#relay;
    if (relay === null) return;
    const { isBetweenPackets } = relay.fromUpstream;
    if (!isBetweenPackets) relay.fromUpstream.tellsEnd = true;
    relay.both.tellClient(packet, isBetweenPackets);
  }

  /** The same to the upstream. */
  #tellUpstream(packet: Buffer): void {
    const relay = this.#relay;
    if (relay === null) return;
    if (relay.fromClient.isBetweenPackets) {
      relay.both.toUpstream.add(packet);
      relay.both.toUpstream.flush();
      return;
    }
    relay.fromClient.tellsEnd = true;
    if (!relay.forUpstream.add(packet)) this.#end(null);
  }

  #retired(): void {
    if (this.#relay?.fromUpstream.isBetweenPackets !== false) this.#end(REASON.shuttingDown);
    else setTimeout(() => this.#end(REASON.shuttingDown), GRACE_FOR_PACKET_MS).unref();
  }

  /** Ends both sides, each when it has what it is owed, the client with a word where its version has one. */
  #end(reason: Reason | null): void {
    const relay = this.#relay;
    relay?.both.flush();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.logins.remove(this);
    const client = this.#client;
    this.#awaiting.stop();
    client.off('close', this.#onClientGone);
    client.off('end', this.#onClientGone);
    this.#upstream?.off('end', this.#onUpstreamGone);
    this.#upstream?.off('close', this.#onUpstreamGone);
    const lastWord = this.#lastWord(reason);
    if (relay === null) closeGently(client, lastWord);
    else relay.both.end(lastWord);
  }

  #lastWord(reason: Reason | null): Buffer | undefined {
    const level = this.#level;
    if (reason === null || level === null) return undefined;
    if (!this.#isConnected) {
      const about = `handshake ${this.#accepted.record.id}`;
      return connackPacket(level, reason, about, this.#mostForClient) ?? undefined;
    }
    if (this.#relay?.fromUpstream.isBetweenPackets !== true) return undefined;
    return disconnectPacket(level, reason) ?? undefined;
  }
}

/** What a connection has once both its sides are there. */
interface FramedRelay {
  readonly both: Relay;
  readonly fromClient: ClientReader;
  readonly fromUpstream: UpstreamReader;
  /** What waits for the packet on its way to the upstream to end. */
  readonly forUpstream: Interjections;
}

/** In which version a client of another one is answered; bridges of mosquitto set a bit of their own. */
function answerLevel(level: number): ProtocolLevel {
  return (level & 0x7f) < 5 ? 4 : 5;
}

/** Of CONNACK, in 3.1.1 and 5. */
const REFUSED_CREDENTIALS: ReadonlySet<number> = new Set([4, 5, 0x86, 0x87]);

/** What a packet that is on its way may take when its connection has to end. */
const GRACE_FOR_PACKET_MS = 1000;

function ignore(): void {}
