import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { AdminState } from '../admin-state.ts';
import { CertificateRegistry } from '../certificate-registry.ts';
import { CertificateViews } from '../certificate-views.ts';
import type { LiveSnapshot } from '../running-gateway.ts';
import { Access } from './access.ts';
import { type ApiVariables, apiRoutes, send } from './api-routes.ts';
import { certificateOperations } from './certificate-operations.ts';
import { problem } from './problem.ts';

/** What the API works on. */
export interface ApiServices {
  readonly state: AdminState;
  readonly live: LiveSnapshot;
  /** Hears of what should not happen. */
  readonly onFault: (error: Error) => void;
}

/** `/v1/...`: everything that can be asked and changed, for those who show that they may. */
export function adminApi({ state, live, onFault }: ApiServices): Hono {
  const registry = new CertificateRegistry(state.certificates, live);
  const views = new CertificateViews(state.certificates);
  const access = new Access(state.token);
  const operations = certificateOperations({ live, registry, views });
  const app = new Hono<ApiVariables & { Bindings: HttpBindings }>();
  app.use('/v1/*', access.check);
  app.route('/', apiRoutes(operations, onFault));
  app.all('/v1/*', (c) => send(c, problem('not-found', 'the API has no such resource')));
  return app as unknown as Hono;
}
