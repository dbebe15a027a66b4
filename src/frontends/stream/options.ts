import type { UpstreamOptions } from '../../upstreams/options.ts';

/** What a `tls` or `tcp` listener does with its clients: bytes both ways, whatever they are. */
export interface StreamOptions extends StreamLimits {
  /** Each client has a connection of its own to it. null: there is no certificate, and nobody is served. */
  readonly upstream: UpstreamOptions | null;
  /** Where connections go by the server name that their client sent, exact or `*.` and a name, as they are. */
  readonly passthrough: ReadonlyMap<string, UpstreamOptions>;
  /** Whether the upstream is told first who the client is, by the PROXY protocol, version 2. */
  readonly proxyProtocol: boolean;
}

/** What a `tcp` listener does, to which clients come without TLS. */
export interface PlainStreamOptions extends Omit<StreamOptions, 'upstream' | 'passthrough'> {
  readonly upstream: UpstreamOptions;
}

/** Bounds on one stream. */
export interface StreamLimits {
  /** How long nothing may move either way, milliseconds; null: as long as it likes. */
  readonly idleMs: number | null;
  /** How long a connection may last at all, milliseconds; null: as long as it likes. */
  readonly lifetimeMs: number | null;
}
