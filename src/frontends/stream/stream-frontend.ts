import { closeGently } from '../../tls/linger.ts';
import type {
  AcceptedConnection,
  DialledUpstream,
  Frontend,
  PassedConnection,
} from '../frontend.ts';
import type { StreamOptions } from './options.ts';
import { plainProxyHeader, proxyHeader } from './proxy-protocol.ts';
import { type StreamEvents, StreamRelay } from './stream-relay.ts';

/**
 * Any protocol over TCP: the client's bytes to a connection of its own at the upstream and back. Those of
 * a server name that is handed on go as they are, TLS and all.
 */
export class StreamFrontend implements Frontend {
  readonly greet = null;
  readonly #options: StreamOptions;
  readonly #relay: StreamRelay | null;
  /** By server name; one for all names of an upstream. */
  readonly #passing = new Map<string, StreamRelay>();

  constructor(options: StreamOptions, events: StreamEvents) {
    const { upstream, passthrough } = options;
    this.#options = options;
    this.#relay = upstream === null ? null : new StreamRelay(upstream, options, events);
    const relays = new Map(
      [...new Set(passthrough.values())].map((to) => [to, new StreamRelay(to, options, events)]),
    );
    for (const [name, to] of passthrough) {
      const relay = relays.get(to);
      if (relay !== undefined) this.#passing.set(name, relay);
    }
  }

  get upstreams(): readonly DialledUpstream[] {
    const relays = new Set(this.#passing.values());
    if (this.#relay !== null) relays.add(this.#relay);
    return [...relays].map((relay) => relay.upstream);
  }

  /** There is no protocol to say it in. */
  servesRefused(): boolean {
    return false;
  }

  serve(accepted: AcceptedConnection): void {
    if (this.#relay === null) return closeGently(accepted.socket);
    const header = this.#options.proxyProtocol ? proxyHeader(accepted) : null;
    this.#relay.join(accepted.socket, header, accepted.record.id);
  }

  pass({ socket, record, name }: PassedConnection): string | null {
    const relay = this.#passing.get(name);
    if (relay === undefined) return null;
    const header = this.#options.proxyProtocol ? plainProxyHeader(socket, record) : null;
    relay.join(socket, header, record.id);
    return relay.upstream.name;
  }

  /** Nobody can tell where a stream could be cut: its two ends end it, or the gateway's own end does. */
  drain(): void {}
}
