import type { Frontend, PlainFrontend } from '../frontends/frontend.ts';
import { HttpFrontend } from '../frontends/http/http-frontend.ts';
import { PlainHttpFrontend } from '../frontends/http/plain-http-frontend.ts';
import type { UpstreamClients } from '../frontends/http/origins/proxy.ts';
import { PlainStreamFrontend } from '../frontends/stream/plain-stream-frontend.ts';
import { StreamFrontend } from '../frontends/stream/stream-frontend.ts';
import { MqttFrontend } from '../frontends/mqtt/mqtt-frontend.ts';
import { NatsFrontend } from '../frontends/nats/nats-frontend.ts';
import type { ContextTable } from '../tls/context-table.ts';
import type { ListenerEvents } from './listener-events.ts';
import type { ListenerOptions, PlainListenerOptions } from './options.ts';

/** What speaks a listener's protocol. */
export function frontendFor(
  options: Exclude<ListenerOptions, PlainListenerOptions>,
  contexts: ContextTable,
  upstreams: UpstreamClients,
  events: ListenerEvents,
): Frontend {
  switch (options.protocol) {
    case 'https': {
      const { site, sites, http } = options;
      const contextBySni = (name: string | null) => contexts.contextFor(name);
      return new HttpFrontend({ site, sites, contextBySni, limits: http }, upstreams, events);
    }
    case 'tls':
      return new StreamFrontend(options.stream, events);
    case 'nats':
      return new NatsFrontend(options.nats, options.tls, events);
    case 'mqtt':
      return new MqttFrontend(options.mqtt, events);
  }
}

/** The same where clients come without TLS. */
export function plainFrontendFor(
  options: PlainListenerOptions,
  upstreams: UpstreamClients,
  events: ListenerEvents,
): PlainFrontend {
  if (options.protocol === 'tcp') return new PlainStreamFrontend(options.stream, events);
  const { site, http } = options;
  return new PlainHttpFrontend(site, http, upstreams, events);
}
