import type { Socket } from 'node:net';
import { ResponseAllowance } from '../../policy/response-allowance.ts';
import {
  refuseSubject,
  type SubjectAction,
  type SubjectPermissions,
} from '../../policy/subject-permissions.ts';
import type { Timed } from '../../tls/deadlines.ts';
import { closeGently } from '../../tls/linger.ts';
import type { AcceptedConnection } from '../frontend.ts';
import type { ConnectionContext } from './connection-context.ts';
import { RefusalLog } from '../refusal-log.ts';
import { Relay, type RelayTaker } from '../relay.ts';
import { logIn, requiresLogin } from './login.ts';
import type { UpstreamLink } from './upstream-link.ts';
import {
  type ClientFault,
  ClientReader,
  type ClientReaderEvents,
  type PublishLeave,
} from './wire/client-reader.ts';
import { type ClientConnect, readConnect } from './wire/client-connect.ts';
import { errorLine } from './wire/error-line.ts';
import { goQuote } from './wire/go-quote.ts';
import {
  clientInfoLine,
  type FrontInfo,
  readServerInfo,
  type ServerInfo,
} from './wire/server-info.ts';
import { UpstreamReader, type UpstreamReaderEvents } from './wire/upstream-reader.ts';

/** One client with the upstream connection that is its own, for the life of both. */
export class NatsConnection implements ClientReaderEvents, UpstreamReaderEvents, RelayTaker, Timed {
  deadline = 0;
  earlier: Timed | null = null;
  later: Timed | null = null;
  readonly #context: ConnectionContext;
  readonly #accepted: AcceptedConnection;
  readonly #client: Socket;
  readonly #front: FrontInfo;
  readonly #fromClient: ClientReader;
  readonly #fromUpstream: UpstreamReader;
  readonly #errors: RefusalLog;
  #upstream: Socket | null = null;
  #relay: Relay | null = null;
  #info: ServerInfo | null = null;
  #connect: ClientConnect | null = null;
  #user: string | null = null;
  #permissions: SubjectPermissions | null = null;
  #responses: ResponseAllowance | null = null;
  /** Deliveries are compared with what is denied. */
  #filters = false;
  #isLameDuck = false;
  #isOver = false;

  constructor(accepted: AcceptedConnection, context: ConnectionContext) {
    this.#accepted = accepted;
    this.#context = context;
    this.#client = accepted.socket;
    this.#front = context.frontInfo(accepted.record.remoteAddress);
    this.#errors = new RefusalLog(context.events, accepted.record);
    this.#fromUpstream = new UpstreamReader(this);
    this.#fromClient = new ClientReader(this, {
      maxControlLine: context.limits.maxControlLine,
      requiresConnect: requiresLogin(accepted, context.users),
    });
    this.#client.on('error', ignore);
    this.#client.on('close', this.#onClientGone);
  }

  /** Begins to serve. `isGreeted`: the client has had this upstream's INFO. */
  begin(link: UpstreamLink, isGreeted: boolean): void {
    const { socket } = link;
    if (this.#isOver) {
      socket.destroy();
      return;
    }
    const client = this.#client;
    this.#upstream = socket;
    this.#relay = new Relay(client, socket, this);
    this.#learn(link.info);
    if (!isGreeted) client.write(clientInfoLine(link.info, this.#front, this.#isLameDuck));
    socket.on('end', this.#onUpstreamGone);
    socket.on('close', this.#onUpstreamGone);
    client.on('end', this.#onClientGone);
    if (requiresLogin(this.#accepted, this.#context.users)) this.#context.logins.add(this);
    this.#relay.begin();
  }

  /** There is no upstream: the client may look for another server. */
  giveUp(): void {
    this.#end(null);
  }

  /** CONNECT is late. */
  expire(): void {
    this.#end('Authentication Timeout');
  }

  /** Tells the client to look for another server, and ends its connection `inMs` later. */
  retire(inMs: number): void {
    if (this.#isOver || this.#isLameDuck) return;
    this.#isLameDuck = true;
    const info = this.#info;
    if (info !== null && this.#connect?.takesInfo === true) {
      this.#tell(clientInfoLine(info, this.#front, true));
    }
    setTimeout(() => this.#retired(), inMs).unref();
  }

  fromClient(chunk: Buffer): void {
    const fault = this.#fromClient.push(chunk);
    if (fault !== null) this.#end(FAULTS[fault]);
  }

  fromUpstream(chunk: Buffer): void {
    if (this.#fromUpstream.push(chunk)) return;
    const { events, upstreamName } = this.#context;
    const failure = { code: 'not-nats', detail: 'it sent what is not NATS' };
    events.upstreamFailed(upstreamName, failure, this.#accepted.record.id);
    this.#end(null);
  }

  toUpstream(bytes: Buffer): void {
    this.#relay?.toUpstream.add(bytes);
  }

  toClient(bytes: Buffer): void {
    this.#relay?.toClient.add(bytes);
  }

  connect(json: Buffer): boolean {
    const { events, users, logins, upstreamName } = this.#context;
    const connect = readConnect(json);
    if (connect === null) {
      this.#end(null);
      return false;
    }
    const { record } = this.#accepted;
    const login = logIn(connect, this.#accepted, users, this.#info?.nonce ?? null);
    switch (login.kind) {
      case 'refused':
        events.requestRefused(record, login.refusal, 'CONNECT', connect.user ?? '');
        this.#end('Authorization Violation');
        return false;
      case 'no-nonce': {
        const detail = 'it sent no nonce for an nkey to sign';
        events.upstreamFailed(upstreamName, { code: 'no-nonce', detail }, record.id);
        this.#end('Authorization Violation');
        return false;
      }
      case 'same':
      case 'user':
        break;
    }
    logins.remove(this);
    this.#connect = connect;
    if (login.kind === 'user') {
      this.#become(login.user.name, login.user.permissions);
      if (login.ignored !== null) events.credentialsIgnored(record, login.user.name, login.ignored);
    }
    this.toUpstream(login.line);
    return true;
  }

  mayPublish(bytes: Buffer, from: number, to: number): PublishLeave {
    const permissions = this.#permissions;
    if (permissions === null || permissions.publishesAll) return 'always';
    const subject = bytes.toString('latin1', from, to);
    if (permissions.mayPublish(subject)) return 'always';
    if (this.#responses?.use(subject, Date.now()) === true) return 'once';
    const named = bytes.subarray(from, to);
    this.#refuse('publish', named, null, `Permissions Violation for Publish to ${goQuote(named)}`);
    return 'no';
  }

  maySubscribe(
    bytes: Buffer,
    from: number,
    to: number,
    queueFrom: number,
    queueTo: number,
  ): boolean {
    const permissions = this.#permissions;
    if (permissions === null || permissions.subscribesAll) return true;
    const subject = bytes.toString('latin1', from, to);
    const queue = queueFrom === -1 ? null : bytes.toString('latin1', queueFrom, queueTo);
    if (permissions.maySubscribe(subject, queue)) {
      if (!this.#filters && permissions.needsFilter(subject)) {
        this.#filters = true;
        this.#fromUpstream.inspects = true;
      }
      return true;
    }
    const named = bytes.subarray(from, to);
    const group = queueFrom === -1 ? null : bytes.subarray(queueFrom, queueTo);
    const using = group === null ? '' : ` using queue ${goQuote(group)}`;
    const text = `Permissions Violation for Subscription to ${goQuote(named)}${using}`;
    this.#refuse('subscribe', named, group, text);
    return false;
  }

  mayDeliver(bytes: Buffer, from: number, to: number, replyFrom: number, replyTo: number): boolean {
    if (
      this.#filters &&
      this.#permissions?.mayReceive(bytes.toString('latin1', from, to)) === false
    ) {
      return false;
    }
    if (replyFrom !== -1) {
      this.#responses?.grant(bytes.toString('latin1', replyFrom, replyTo), Date.now());
    }
    return true;
  }

  info(json: Buffer): void {
    const info = readServerInfo(json);
    if (info === null) return;
    this.#learn(info);
    this.toClient(clientInfoLine(info, this.#front, this.#isLameDuck));
  }

  error(text: string): void {
    if (this.#user === null || text !== "'Authorization Violation'") return;
    const { events, upstreamName } = this.#context;
    const detail = `it refused the credentials of ${this.#user}`;
    events.upstreamFailed(upstreamName, { code: 'credentials', detail }, this.#accepted.record.id);
  }

  messageEnded(): void {
    this.#relay?.tellWaiting();
  }

  readonly #onClientGone = (): void => this.#end(null);

  readonly #onUpstreamGone = (): void => this.#end(null);

  #learn(info: ServerInfo): void {
    this.#info = info;
    this.#fromClient.maxPayload = info.maxPayload ?? Number.POSITIVE_INFINITY;
  }

  #become(user: string, permissions: SubjectPermissions | null): void {
    this.#user = user;
    this.#permissions = permissions;
    if (permissions === null || permissions.responses === null) return;
    this.#responses = new ResponseAllowance(permissions.responses);
    this.#fromUpstream.inspects = true;
  }

  #refuse(action: SubjectAction, subject: Buffer, queue: Buffer | null, text: string): void {
    this.#tell(errorLine(text));
    const named = subject.toString('utf8');
    const group = queue === null ? null : queue.toString('utf8');
    const user = this.#user ?? '';
    const operation = action === 'publish' ? 'PUB' : 'SUB';
    this.#errors.refused(operation, named, () => refuseSubject(user, action, named, group));
  }

  /** Says something of our own, between two messages. */
  #tell(line: Buffer): void {
    const { isBetweenMessages } = this.#fromUpstream;
    if (!isBetweenMessages) this.#fromUpstream.tellsEnd = true;
    this.#relay?.tellClient(line, isBetweenMessages);
  }

  #retired(): void {
    if (this.#fromUpstream.isBetweenMessages) this.#end(null);
    else setTimeout(() => this.#end(null), GRACE_FOR_MESSAGE_MS).unref();
  }

  /** Ends both sides, each when it has what it is owed, the client with an error where there is one. */
  #end(error: string | null): void {
    const relay = this.#relay;
    relay?.flush();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.logins.remove(this);
    const client = this.#client;
    client.off('close', this.#onClientGone);
    client.off('end', this.#onClientGone);
    this.#upstream?.off('end', this.#onUpstreamGone);
    this.#upstream?.off('close', this.#onUpstreamGone);
    const says = error !== null && this.#fromUpstream.isBetweenMessages;
    const lastWord = says ? errorLine(error) : undefined;
    if (relay === null) closeGently(client, lastWord);
    else relay.end(lastWord);
  }
}

/** What nats-server says before it closes; null: nothing. */
const FAULTS: Readonly<Record<ClientFault, string | null>> = {
  'unknown-operation': 'Unknown Protocol Operation',
  'control-line': 'maximum control line exceeded',
  payload: 'Maximum Payload Violation',
  arguments: null,
  'no-login': 'Authorization Violation',
  'second-connect': 'Authorization Violation',
  stopped: null,
};

/** What a message that is on its way may take when its connection has to end. */
const GRACE_FOR_MESSAGE_MS = 1000;

function ignore(): void {}
