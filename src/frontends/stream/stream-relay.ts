import type { Socket } from 'node:net';
import { closeGently } from '../../tls/linger.ts';
import { Roster } from '../../tls/roster.ts';
import { Dialer } from '../../upstreams/dial.ts';
import type { UpstreamFailure } from '../../upstreams/failure.ts';
import type { UpstreamOptions } from '../../upstreams/options.ts';
import { tunnel } from '../tunnel.ts';
import type { DialledUpstream } from '../frontend.ts';
import type { StreamLimits } from './options.ts';

/** What a stream tells of itself. */
export interface StreamEvents {
  /** `handshakeId`: the client's for whom the upstream was reached for. */
  upstreamFailed(upstream: string, failure: UpstreamFailure, handshakeId: string): void;
}

/** How often idle connections are looked for, as a part of the time they may be idle. */
const LOOKS_PER_IDLE = 4;

/**
 * Joins clients with connections of their own at one upstream, byte for byte with back-pressure, each
 * direction ending by itself.
 */
export class StreamRelay {
  readonly #limits: StreamLimits;
  readonly #events: StreamEvents;
  readonly #upstream: UpstreamOptions;
  readonly #dialer: Dialer;
  readonly #streams = new Roster<Stream>();
  #idleLook: NodeJS.Timeout | null = null;

  constructor(upstream: UpstreamOptions, limits: StreamLimits, events: StreamEvents) {
    this.#upstream = upstream;
    this.#limits = limits;
    this.#events = events;
    this.#dialer = new Dialer(upstream);
  }

  get upstream(): DialledUpstream {
    return { name: this.#upstream.name, health: this.#dialer.health() };
  }

  /** Takes a client over. `first` goes to the upstream before anything of its; null: nothing does. */
  join(client: Socket, first: Buffer | null, handshakeId: string): void {
    client.allowHalfOpen = true;
    client.on('error', ignore);
    client.pause();
    this.#dialer.dial((result) => {
      if (!result.ok) {
        this.#events.upstreamFailed(this.#upstream.name, result.failure, handshakeId);
        closeGently(client);
      } else if (client.destroyed) {
        result.socket.destroy();
      } else {
        if (first !== null) result.socket.write(first);
        this.#tunnel(client, result.socket);
      }
    });
  }

  #tunnel(client: Socket, upstream: Socket): void {
    const { lifetimeMs } = this.#limits;
    const stream: Stream = { client, upstream, moved: -1 };
    const place = this.#streams.add(stream);
    this.#lookForIdle();
    const end = lifetimeMs === null ? null : setTimeout(() => client.destroy(), lifetimeMs);
    end?.unref();
    tunnel(client, upstream, () => {
      if (end !== null) clearTimeout(end);
      this.#streams.remove(place);
    });
  }

  #lookForIdle(): void {
    const { idleMs } = this.#limits;
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
  readonly client: Socket;
  readonly upstream: Socket;
  /** Bytes read of both, when they were last looked at. */
  moved: number;
  /** The look at which they were that many for the first time. */
  quietSince?: number;
}

function ignore(): void {}
