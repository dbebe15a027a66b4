import type { ListenerOptions } from '../gateway/options.ts';
import type { UpstreamOptions } from '../upstreams/options.ts';

/** The upstreams that a listener's own traffic goes to, as often as they are named; not those of `passthrough`. */
export function upstreamsOf(listener: ListenerOptions): readonly UpstreamOptions[] {
  switch (listener.protocol) {
    case 'nats':
      return [listener.nats.upstream];
    case 'mqtt':
      return [listener.mqtt.upstream];
    case 'tls':
      return listener.stream.upstream === null ? [] : [listener.stream.upstream];
    case 'tcp':
      return [listener.stream.upstream];
    case 'https':
    case 'http':
      return [listener.site, ...listener.sites.values()].flatMap(({ routes }) =>
        routes.flatMap(({ target }) => (target.kind === 'proxy' ? [target.upstream] : [])),
      );
  }
}
