import { Hono } from 'hono';
import type { RunningGateway } from './running-gateway.ts';

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** `/metrics`: everything that is measured, merged over the processes, for Prometheus. */
export function metricsRoutes(gateway: RunningGateway): Hono {
  return new Hono().get('/metrics', async (c) => {
    return c.body(await gateway.metrics(), 200, { 'Content-Type': TEXT_FORMAT });
  });
}
