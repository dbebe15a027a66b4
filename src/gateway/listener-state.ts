import { admitConnection } from '../frontends/admission.ts';
import type { AcceptedConnection, DialledUpstream, Frontend } from '../frontends/frontend.ts';
import { createUserDirectory, type UserDirectory } from '../identity/user-directory.ts';
import type { ListenerMeter } from '../observability/listener-meter.ts';
import type { GatewayLog } from '../observability/log.ts';
import type { PeerVerdict } from '../pki/peer.ts';
import type { HandshakeCause } from '../tls/handshake-failure.ts';
import type { HandshakeRecord } from '../tls/handshake-record.ts';
import {
  type Acceptor,
  createAcceptor,
  type HandshakeOutcome,
  type PassedHello,
} from '../tls/acceptor.ts';
import { closeGently } from '../tls/linger.ts';
import type { IssuedCertificate } from '../tls/live-revocations.ts';
import type { RawConnection } from '../tls/raw-connection.ts';
import { Roster } from '../tls/roster.ts';
import { Diagnostician } from './diagnostician.ts';
import { frontendFor } from './frontend-for.ts';
import { ListenerEvents } from './listener-events.ts';
import type { ListenerOptions, PlainListenerOptions } from './options.ts';
import type { ProcessParts } from './process-parts.ts';
import type { Refusals } from './refusals.ts';
import type { ServingState } from './serving-state.ts';
import type { Telemetry } from './telemetry.ts';

type SecureListenerOptions = Exclude<ListenerOptions, PlainListenerOptions>;
type Established = Extract<HandshakeOutcome, { kind: 'established' }>;

/**
 * One snapshot's half of a listener: its acceptor, user directory and frontend. Immutable; a reload
 * makes another one and supersedes this.
 */
export class ListenerState implements ServingState {
  readonly options: SecureListenerOptions;
  readonly #log: GatewayLog;
  readonly #telemetry: Telemetry;
  readonly #meter: ListenerMeter;
  readonly #refusals: Refusals;
  readonly #acceptor: Acceptor;
  readonly #directory: UserDirectory | null;
  readonly #frontend: Frontend;
  readonly #diagnostician: Diagnostician;
  /** Connections that this state admitted and that still live. */
  readonly #live = new Roster<AcceptedConnection>();
  /** Connections that it handed on by their server name. */
  readonly #passed = new Roster<PassedHello>();
  #successor: ListenerState | null = null;

  constructor(options: SecureListenerOptions, parts: ProcessParts, refusals: Refusals) {
    const { log, telemetry } = parts;
    this.options = options;
    this.#log = log;
    this.#telemetry = telemetry;
    this.#meter = telemetry.meters.listener(options.name);
    this.#refusals = refusals;
    const { sessions, revocations, materials } = parts;
    this.#acceptor = createAcceptor(options.tls, sessions, revocations, materials);
    this.#directory =
      options.users.length > 0 ? createUserDirectory(options.users, options.identity.dn) : null;
    const { contexts } = this.#acceptor;
    this.#diagnostician = new Diagnostician(options, contexts);
    const events = new ListenerEvents(options.name, log, this.#diagnostician, telemetry);
    this.#frontend = frontendFor(options, contexts, parts.upstreams, events);
  }

  /** Takes a fresh connection through the handshake to its frontend. */
  accept(raw: RawConnection): void {
    this.#acceptor.accept(raw, this.#decide, this.#frontend.greet, this.#pass);
  }

  /** Those that its frontend dials itself. */
  get upstreams(): readonly DialledUpstream[] {
    return this.#frontend.upstreams ?? [];
  }

  /** Whether clients that this state took are still in the handshake. */
  get hasHandshakes(): boolean {
    return this.#acceptor.inFlight > 0;
  }

  /** Closes the connections that are still in the handshake. */
  cutHandshakes(): void {
    this.#acceptor.abort();
  }

  /** Connections end as soon as what they are doing is done. */
  drain(): void {
    this.#frontend.drain();
  }

  /**
   * Gives way to the state of a newer snapshot: connections whose client that one would refuse, or
   * take for another user, are closed at once; the others end when what they are doing is done.
   * Where the newer one asks for no TLS, nobody can be taken over and all are closed. Returns how many were closed.
   */
  supersede(successor: ServingState): number {
    if (!(successor instanceof ListenerState)) return this.#closeAll();
    this.#successor = successor;
    let closed = 0;
    for (const connection of this.#live) if (!this.#keep(connection)) closed++;
    closed += this.#closePassed((passed) => successor.#passes(passed));
    this.#frontend.drain();
    return closed;
  }

  #closeAll(): number {
    this.cutHandshakes();
    const closed = this.#live.size;
    for (const { socket } of this.#live) socket.destroy();
    return closed + this.#closePassed(() => false);
  }

  /** Whether connections live that this state admitted. */
  get hasConnections(): boolean {
    return this.#live.size + this.#passed.size > 0;
  }

  /**
   * Closes the connections of clients that a certificate with one of these serial numbers (lower-case
   * hex) vouches for, unless they would be admitted all the same. Returns how many were closed.
   */
  closeRevoked(serialNumbers: ReadonlySet<string>): number {
    let closed = 0;
    for (const connection of this.#live) {
      const { verdict } = connection;
      if (verdict.kind !== 'verified') continue;
      if (!verdict.peer.path.some((one) => serialNumbers.has(one.serialNumber))) continue;
      if (!this.#keep(connection)) closed++;
    }
    return closed;
  }

  /** How many connections would be closed if this certificate were revoked. */
  countRelyingOn({ issuer, serialNumber }: IssuedCertificate): number {
    let count = 0;
    for (const { verdict, context, decision } of this.#live) {
      if (verdict.kind !== 'verified') continue;
      const { path } = verdict.peer;
      const at = path.findIndex((one) => one.serialNumber === serialNumber);
      if (at === -1 || (path[at + 1] ?? path[at])?.spkiPin !== issuer) continue;
      // Who is merely observed stays, unless somebody else then.
      if (context.options.mode !== 'observe' || decision.user !== null) count++;
    }
    return count;
  }

  /** Closes a connection whose client would be refused now, or be another user; false: it did. */
  #keep(connection: AcceptedConnection): boolean {
    const readmitted = this.#latest().#readmit(connection);
    if (readmitted?.decision.decision === 'admit' && isSameUser(readmitted, connection))
      return true;
    connection.socket.destroy();
    return false;
  }

  #decide = (outcome: HandshakeOutcome): void => {
    if (outcome.kind === 'failed') {
      const { record } = outcome;
      this.#meter.handshake(record);
      if (record.cause === CROWDED_OUT) this.#refusals.add('handshakes', record.remoteAddress);
      else this.#tell(record, NO_VERDICT);
      return;
    }
    const successor = this.#latest();
    if (successor !== this) return successor.#adopt(outcome);
    const connection = admitConnection(outcome, this.#directory, Date.now());
    if (connection.decision.decision === 'admit') outcome.allowResumption();
    this.#serve(connection);
  };

  #pass = (passed: PassedHello): void => {
    const latest = this.#latest();
    if (latest !== this && !latest.#passes(passed)) {
      passed.socket.destroy();
      return;
    }
    latest.#handOn(passed);
  };

  #handOn(passed: PassedHello): void {
    const { socket, record } = passed;
    const upstream = this.#frontend.pass?.(passed) ?? null;
    if (upstream === null) {
      socket.destroy();
      return;
    }
    const place = this.#passed.add(passed);
    this.#meter.serving(PASSTHROUGH, 1);
    socket.on('close', () => {
      this.#passed.remove(place);
      this.#meter.serving(PASSTHROUGH, -1);
    });
    this.#log.passedThrough(record, upstream);
  }

  /** Whether a connection that an older state handed on would go the same way. */
  #passes({ record, name }: PassedHello): boolean {
    return this.#acceptor.contexts.passthroughFor(record.sni) === name;
  }

  #closePassed(isKept: (passed: PassedHello) => boolean): number {
    let closed = 0;
    for (const passed of this.#passed) {
      if (isKept(passed)) continue;
      passed.socket.destroy();
      closed++;
    }
    return closed;
  }

  /** A handshake that began under an older snapshot ends under this one. */
  #adopt(established: Established): void {
    const connection = this.#readmit(established);
    if (connection === null) established.socket.destroy();
    else this.#serve(connection);
  }

  /** What this state says of a client whose handshake an older one did; null: its name is unknown now. */
  #readmit(
    established: Pick<AcceptedConnection, 'socket' | 'record' | 'verdict'>,
  ): AcceptedConnection | null {
    const { socket, record } = established;
    const context = this.#acceptor.contexts.contextFor(record.sni);
    if (context === null) return null;
    const at = Date.now();
    const verdict = context.rejudge(established.verdict, at);
    return admitConnection({ socket, context, verdict, record }, this.#directory, at);
  }

  #serve(connection: AcceptedConnection): void {
    const { record, verdict } = connection;
    this.#meter.handshake(record);
    if (record.outcome === 'admitted' && record.peer !== null)
      this.#telemetry.meters.clients.see(record.peer);
    if (connection.decision.decision === 'refuse' && !this.#frontend.servesRefused(connection)) {
      closeGently(connection.socket);
      this.#tell(record, verdict);
      return;
    }
    this.#tell(record, verdict);
    const protocol = protocolOf(connection, this.options);
    const place = this.#live.add(connection);
    this.#meter.serving(protocol, 1);
    connection.socket.on('close', () => {
      this.#live.remove(place);
      this.#meter.serving(protocol, -1);
    });
    this.#frontend.serve(connection);
  }

  #tell(record: HandshakeRecord, verdict: PeerVerdict): void {
    const finding =
      record.cause === null ? null : this.#diagnostician.explainHandshake(record, verdict);
    this.#log.handshake(record, finding);
  }

  #latest(): ListenerState {
    return this.#successor === null ? this : this.#successor.#latest();
  }
}

/** What connections that are handed on are counted as. */
const PASSTHROUGH = 'passthrough';
const NO_VERDICT: PeerVerdict = { kind: 'none' };

/** Counted rather than told one by one: there are many of them when there are any. */
const CROWDED_OUT: HandshakeCause = 'crowded-out';

/** What it is counted as; a WebSocket stays HTTP/1.1. */
function protocolOf({ socket }: AcceptedConnection, { protocol }: ListenerOptions): string {
  if (protocol !== 'https') return protocol;
  return socket.alpnProtocol === 'h2' ? 'h2' : 'http/1.1';
}

function isSameUser(a: AcceptedConnection, b: AcceptedConnection): boolean {
  return a.decision.user === b.decision.user;
}
