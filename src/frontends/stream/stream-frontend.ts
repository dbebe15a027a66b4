import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { UpstreamFailure } from '../../upstreams/failure.ts';
import { Dialer } from '../../upstreams/dial.ts';
import { tunnel } from '../../upstreams/tunnel.ts';
import { closeGently } from '../../tls/linger.ts';
import type { AcceptedConnection, DialledUpstream, Frontend } from '../frontend.ts';
import type { StreamOptions } from './options.ts';
import { proxyHeader } from './proxy-protocol.ts';

/** What a stream tells of itself. */
export interface StreamEvents {
  /** `handshakeId`: the client's for whom the upstream was reached for. */
  upstreamFailed(upstream: string, failure: UpstreamFailure, handshakeId: string): void;
}

/** How often idle connections are looked for, as a part of the time they may be idle. */
const LOOKS_PER_IDLE = 4;

/**
 * Any protocol over TCP: the client's bytes to a connection of its own at the upstream and back, with
 * back-pressure, each direction ending by itself.
 */
export class StreamFrontend implements Frontend {
  readonly greet = null;
  readonly #options: StreamOptions;
  readonly #events: StreamEvents;
  readonly #dialer: Dialer;
  readonly #streams = new Set<Stream>();
  #idleLook: NodeJS.Timeout | null = null;

  constructor(options: StreamOptions, events: StreamEvents) {
    this.#options = options;
    this.#events = events;
    this.#dialer = new Dialer(options.upstream);
  }

  get upstreams(): readonly DialledUpstream[] {
    return [{ name: this.#options.upstream.name, health: this.#dialer.health() }];
  }

  /** There is no protocol to say it in. */
  servesRefused(): boolean {
    return false;
  }

  serve(accepted: AcceptedConnection): void {
    const { socket, record } = accepted;
    socket.allowHalfOpen = true;
    socket.on('error', ignore);
    socket.pause();
    this.#dialer.dial((result) => {
      if (!result.ok) {
        this.#events.upstreamFailed(this.#options.upstream.name, result.failure, record.id);
        closeGently(socket);
      } else if (socket.destroyed) {
        result.socket.destroy();
      } else {
        this.#join(accepted, result.socket);
      }
    });
  }

  /** Nobody can tell where a stream could be cut: its two ends end it, or the gateway's own end does. */
  drain(): void {}

  #join(accepted: AcceptedConnection, upstream: Socket): void {
    const { proxyProtocol, lifetimeMs } = this.#options;
    const stream: Stream = { client: accepted.socket, upstream, moved: -1 };
    if (proxyProtocol) upstream.write(proxyHeader(accepted));
    this.#streams.add(stream);
    this.#lookForIdle();
    const end = lifetimeMs === null ? null : setTimeout(() => stream.client.destroy(), lifetimeMs);
    end?.unref();
    tunnel(accepted.socket, upstream, () => {
      if (end !== null) clearTimeout(end);
      this.#streams.delete(stream);
    });
  }

  #lookForIdle(): void {
    const { idleMs } = this.#options;
    if (idleMs === null || this.#idleLook !== null) return;
    let looks = 0;
    this.#idleLook = setInterval(() => {
      looks++;
      for (const stream of this.#streams) this.#cutIfIdle(stream, looks);
      if (this.#streams.size > 0 || this.#idleLook === null) return;
      clearInterval(this.#idleLook);
      this.#idleLook = null;
    }, idleMs / LOOKS_PER_IDLE);
    this.#idleLook.unref();
  }

  #cutIfIdle(stream: Stream, looks: number): void {
    const moved = stream.client.bytesRead + stream.upstream.bytesRead;
    if (moved !== stream.moved) {
      stream.moved = moved;
      stream.quietSince = looks;
    } else if (looks - (stream.quietSince ?? looks) >= LOOKS_PER_IDLE) {
      stream.client.destroy();
    }
  }
}

interface Stream {
  readonly client: TLSSocket;
  readonly upstream: Socket;
  /** Bytes read of both, when they were last looked at. */
  moved: number;
  /** The look at which they were that many for the first time. */
  quietSince?: number;
}

function ignore(): void {}
