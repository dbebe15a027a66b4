import type { Frontend } from '../frontends/frontend.ts';
import { HttpFrontend } from '../frontends/http/http-frontend.ts';
import type { UpstreamClients } from '../frontends/http/origins/proxy.ts';
import { NatsFrontend } from '../frontends/nats/nats-frontend.ts';
import type { GatewayLog } from '../observability/log.ts';
import type { ContextTable } from '../tls/context-table.ts';
import type { ListenerOptions } from './options.ts';

/** What speaks a listener's protocol. */
export function frontendFor(
  options: ListenerOptions,
  contexts: ContextTable,
  upstreams: UpstreamClients,
  log: GatewayLog,
): Frontend {
  switch (options.protocol) {
    case 'https': {
      const { site, sites, http } = options;
      const contextBySni = (name: string | null) => contexts.contextFor(name);
      return new HttpFrontend({ site, sites, contextBySni, limits: http }, upstreams, log);
    }
    case 'nats':
      return new NatsFrontend(options.nats, options.tls, log);
  }
}
