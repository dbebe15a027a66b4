import type { DialledUpstream, PlainConnection, PlainFrontend } from '../frontend.ts';
import type { PlainStreamOptions } from './options.ts';
import { plainProxyHeader } from './proxy-protocol.ts';
import { type StreamEvents, StreamRelay } from './stream-relay.ts';

/** The same as StreamFrontend for clients that come without TLS. */
export class PlainStreamFrontend implements PlainFrontend {
  readonly #options: PlainStreamOptions;
  readonly #relay: StreamRelay;

  constructor(options: PlainStreamOptions, events: StreamEvents) {
    this.#options = options;
    this.#relay = new StreamRelay(options.upstream, options, events);
  }

  get upstreams(): readonly DialledUpstream[] {
    return [this.#relay.upstream];
  }

  serve({ socket, record }: PlainConnection): void {
    const header = this.#options.proxyProtocol ? plainProxyHeader(socket, record) : null;
    this.#relay.join(socket, header, record.id);
  }

  /** As with streams in TLS. */
  drain(): void {}
}
