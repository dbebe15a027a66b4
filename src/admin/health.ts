import { Hono } from 'hono';
import type { Readiness, RunningGateway } from './running-gateway.ts';

/**
 * `/healthz`: 200 as long as the process answers. `/readyz`: 200 where every listener is bound and
 * every worker accepts; 503 while starting, draining or short of a worker, and says which.
 */
export function healthRoutes(gateway: RunningGateway): Hono {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', (c) => {
      const readiness = gateway.readiness();
      const reason = unreadiness(readiness);
      const { listeners, workers } = readiness;
      const status = reason === null ? 'ready' : 'not-ready';
      return c.json({ status, reason, listeners, workers }, reason === null ? 200 : 503);
    });
}

function unreadiness({ state, workers }: Readiness): string | null {
  if (state === 'starting') return 'the gateway is starting';
  if (state === 'draining') return 'the gateway is draining its connections and will stop';
  const { configured, ready } = workers;
  return ready < configured ? `${ready} of ${configured} workers accept connections` : null;
}
