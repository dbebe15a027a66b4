import type { Socket } from 'node:net';
import type { DialledUpstream, PlainFrontend } from '../frontends/frontend.ts';
import type { ListenerMeter } from '../observability/listener-meter.ts';
import { ContextTable } from '../tls/context-table.ts';
import { openRecord } from '../tls/handshake-opening.ts';
import type { RawConnection } from '../tls/raw-connection.ts';
import { Roster } from '../tls/roster.ts';
import { Diagnostician } from './diagnostician.ts';
import { plainFrontendFor } from './frontend-for.ts';
import { ListenerEvents } from './listener-events.ts';
import { isPlain } from './listener-choice.ts';
import type { PlainListenerOptions } from './options.ts';
import type { ProcessParts } from './process-parts.ts';
import type { ServingState } from './serving-state.ts';

/**
 * One snapshot's half of a listener without TLS: every connection goes to the frontend as it comes, as
 * there is nobody to be told apart. Immutable, as ListenerState.
 */
export class PlainListenerState implements ServingState {
  readonly options: PlainListenerOptions;
  readonly hasHandshakes = false;
  readonly #meter: ListenerMeter;
  readonly #frontend: PlainFrontend;
  readonly #live = new Roster<Socket>();

  constructor(options: PlainListenerOptions, { log, telemetry, upstreams }: ProcessParts) {
    this.options = options;
    this.#meter = telemetry.meters.listener(options.name);
    const diagnostician = new Diagnostician(options, new ContextTable(options.tls));
    const events = new ListenerEvents(options.name, log, diagnostician, telemetry);
    this.#frontend = plainFrontendFor(options, upstreams, events);
  }

  accept(raw: RawConnection): void {
    const socket = raw.toSocket();
    const { protocol } = this.options;
    const place = this.#live.add(socket);
    this.#meter.serving(protocol, 1);
    socket.on('close', () => {
      this.#live.remove(place);
      this.#meter.serving(protocol, -1);
    });
    this.#frontend.serve({ socket, record: openRecord(this.options.name, socket) });
  }

  get upstreams(): readonly DialledUpstream[] {
    return this.#frontend.upstreams ?? [];
  }

  get hasConnections(): boolean {
    return this.#live.size > 0;
  }

  cutHandshakes(): void {}

  drain(): void {
    this.#frontend.drain();
  }

  /** Where the newer one asks for TLS, whoever is here came without and is closed. */
  supersede(successor: ServingState): number {
    this.#frontend.drain();
    if (isPlain(successor.options)) return 0;
    const closed = this.#live.size;
    for (const socket of this.#live) socket.destroy();
    return closed;
  }

  /** Nobody showed a certificate. */
  closeRevoked(): number {
    return 0;
  }

  countRelyingOn(): number {
    return 0;
  }
}
