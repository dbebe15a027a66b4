import { DEFAULT_HTTP_LIMITS } from '../frontends/http/options.ts';
import { UpstreamClients } from '../frontends/http/origins/proxy.ts';
import type { GatewayLog } from '../observability/log.ts';
import { GatewayListener } from './listener.ts';
import type { GatewayOptions } from './options.ts';

/** A gateway that accepts connections. */
export interface Gateway {
  /** What each listener listens on, in the order of the configuration, such as `127.0.0.1:9443`. */
  readonly addresses: readonly string[];
  /**
   * Stops accepting, lets requests in flight end, and after `graceMs` milliseconds closes what is left.
   * Resolves when every connection is gone.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Opens every listener of the configuration. Throws BindError when one can't be opened; none stays
 * open then.
 */
export async function startGateway(options: GatewayOptions, log: GatewayLog): Promise<Gateway> {
  const upstreams = new UpstreamClients(DEFAULT_HTTP_LIMITS, log);
  const listeners: GatewayListener[] = [];
  try {
    for (const listenerOptions of options.listeners) {
      const listener = new GatewayListener(listenerOptions, upstreams, log);
      listeners.push(listener);
      await listener.open();
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close(0)));
    throw error;
  }
  return {
    addresses: listeners.map((listener) => listener.address),
    close: async (graceMs) => {
      await Promise.all(listeners.map((listener) => listener.close(graceMs)));
      upstreams.close();
    },
  };
}
