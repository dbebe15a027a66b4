import type { AcceptedConnection, DialledUpstream, Frontend } from '../frontend.ts';
import type { StreamOptions } from './options.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { type StreamEvents, StreamRelay } from './stream-relay.ts';

/** Any protocol over TCP: the client's bytes to a connection of its own at the upstream and back. */
export class StreamFrontend implements Frontend {
  readonly greet = null;
  readonly #options: StreamOptions;
  readonly #relay: StreamRelay;

  constructor(options: StreamOptions, events: StreamEvents) {
    this.#options = options;
    this.#relay = new StreamRelay(options.upstream, options, events);
  }

  get upstreams(): readonly DialledUpstream[] {
    return [this.#relay.upstream];
  }

  /** There is no protocol to say it in. */
  servesRefused(): boolean {
    return false;
  }

  serve(accepted: AcceptedConnection): void {
    const header = this.#options.proxyProtocol ? proxyHeader(accepted) : null;
    this.#relay.join(accepted.socket, header, accepted.record.id);
  }

  /** Nobody can tell where a stream could be cut: its two ends end it, or the gateway's own end does. */
  drain(): void {}
}
