import type { Server } from 'node:net';
import type { DialledUpstream } from '../frontends/frontend.ts';
import type { ListenerMeter, OpenConnections } from '../observability/listener-meter.ts';
import type { IssuedCertificate } from '../tls/live-revocations.ts';
import type { RawConnection } from '../tls/raw-connection.ts';
import { Roster } from '../tls/roster.ts';
import { bindAddress, type BindMode } from './bind.ts';
import { Entrance } from './entrance.ts';
import { ListenerState } from './listener-state.ts';
import type { ListenerOptions } from './options.ts';
import { isPlain } from './listener-choice.ts';
import { PlainListenerState } from './plain-listener-state.ts';
import type { ProcessParts } from './process-parts.ts';
import { Refusals } from './refusals.ts';
import type { ServingState } from './serving-state.ts';

/** How long handshakes may go on after the gateway was told to stop: a client's takes milliseconds. */
const HANDSHAKE_GRACE_MS = 1000;

/** One listening address over all snapshots: its servers, its connections, and the state of now. */
export class GatewayListener {
  /** As bound, such as `127.0.0.1:9443`; empty before `bind`. */
  address = '';
  readonly #parts: ProcessParts;
  readonly #entrance: Entrance;
  readonly #refusals: Refusals;
  readonly #meter: ListenerMeter;
  #state: ServingState;
  /** Former ones that still have handshakes or connections. */
  #older: readonly ServingState[] = [];
  #servers: readonly Server[] = [];
  readonly #connections = new Roster<RawConnection>();
  readonly #empty = Promise.withResolvers<void>();
  #isClosing = false;

  constructor(options: ListenerOptions, parts: ProcessParts) {
    const { log, telemetry } = parts;
    this.#parts = parts;
    this.#meter = telemetry.meters.listener(options.name);
    this.#entrance = new Entrance(parts.room);
    this.#refusals = new Refusals((cause, count, lastAddress) => {
      if (cause !== 'handshakes') this.#meter.refused(cause, count);
      log.connectionsRefused(options.name, cause, count, lastAddress);
    });
    this.#state = this.#stateFor(options);
  }

  get options(): ListenerOptions {
    return this.#state.options;
  }

  /** How many connections there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Those that its connections dial themselves. */
  get upstreams(): readonly DialledUpstream[] {
    return this.#state.upstreams;
  }

  /** The connections of now, and what moved on them. */
  get open(): OpenConnections {
    let receivedBytes = 0;
    let sentBytes = 0;
    for (const raw of this.#connections) {
      receivedBytes += raw.bytesRead;
      sentBytes += raw.bytesWritten;
    }
    return { count: this.#connections.size, receivedBytes, sentBytes };
  }

  /** Throws BindError. */
  async bind(mode: BindMode): Promise<void> {
    const bound = await bindAddress(this.options.address, this.accept, mode);
    this.#servers = bound.servers;
    this.address = bound.address;
  }

  /** Takes a connection that was accepted here, or elsewhere for this listener. */
  readonly accept = (raw: RawConnection): void => {
    const address = raw.remoteAddress ?? '';
    const refusal = this.#entrance.enter(address, this.options.limits);
    if (refusal !== null) {
      this.#refusals.add(refusal, address);
      raw.destroy();
      return;
    }
    const place = this.#connections.add(raw);
    raw.watch(() => this.#forget(raw, place, address));
    this.#state.accept(raw);
  };

  /**
   * New connections are served by these options from now on. Returns how many old ones were closed
   * because the new options would not admit them.
   */
  replace(options: ListenerOptions): number {
    const old = this.#state;
    this.#state = this.#stateFor(options);
    this.#older = [...this.#older, old].filter(
      (state) => state.hasHandshakes || state.hasConnections,
    );
    return old.supersede(this.#state);
  }

  /** As of the state, over all snapshots. */
  closeRevoked(serialNumbers: ReadonlySet<string>): number {
    return [...this.#older, this.#state].reduce(
      (closed, state) => closed + state.closeRevoked(serialNumbers),
      0,
    );
  }

  /** As of the state, over all snapshots. */
  countRelyingOn(certificate: IssuedCertificate): number {
    return [...this.#older, this.#state].reduce(
      (count, state) => count + state.countRelyingOn(certificate),
      0,
    );
  }

  /**
   * Stops accepting and resolves when every connection is gone, at the latest after `graceMs`. Clients
   * that stall in the handshake don't delay it.
   */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    this.#refusals.flush();
    for (const server of this.#servers) server.close();
    this.#state.drain();
    if (this.#connections.size === 0) return;
    const handshakes = setTimeout(() => this.#cutHandshakes(), HANDSHAKE_GRACE_MS);
    const timer = setTimeout(() => this.#cut(), graceMs);
    await this.#empty.promise;
    clearTimeout(handshakes);
    clearTimeout(timer);
  }

  #cutHandshakes(): void {
    for (const state of [...this.#older, this.#state]) state.cutHandshakes();
  }

  #cut(): void {
    for (const raw of this.#connections) raw.destroy();
  }

  #stateFor(options: ListenerOptions): ServingState {
    if (isPlain(options)) return new PlainListenerState(options, this.#parts);
    return new ListenerState(options, this.#parts, this.#refusals);
  }

  #forget(raw: RawConnection, place: number, address: string): void {
    this.#connections.remove(place);
    this.#meter.receivedBytes += raw.bytesRead;
    this.#meter.sentBytes += raw.bytesWritten;
    this.#entrance.leave(address);
    if (this.#isClosing && this.#connections.size === 0) this.#empty.resolve();
  }
}
