import type { UpstreamOptions } from '../../upstreams/options.ts';

/** What a `tls` or `tcp` listener does with its clients: bytes both ways, whatever they are. */
export interface StreamOptions extends StreamLimits {
  /** Each client has a connection of its own to it. */
  readonly upstream: UpstreamOptions;
  /** Whether the upstream is told first who the client is, by the PROXY protocol, version 2. */
  readonly proxyProtocol: boolean;
}

/** Bounds on one stream. */
export interface StreamLimits {
  /** How long nothing may move either way, milliseconds; null: as long as it likes. */
  readonly idleMs: number | null;
  /** How long a connection may last at all, milliseconds; null: as long as it likes. */
  readonly lifetimeMs: number | null;
}
