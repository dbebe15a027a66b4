import { Hono } from 'hono';
import type { GatewayOptions } from '../../gateway/options.ts';
import type { AdminState } from '../admin-state.ts';
import { CertificateRegistry } from '../certificate-registry.ts';
import { CertificateViews } from '../certificate-views.ts';
import type {
  AuthorityAccess,
  Explainer,
  LiveSnapshot,
  ObservedGateway,
  RunningGateway,
} from '../running-gateway.ts';
import { Access, type AdministratorOf, type ApiEnvironment } from './access.ts';
import { apiRoutes, send } from './api-routes.ts';
import { authorityOperations } from './authority-operations.ts';
import { certificateOperations } from './certificate-operations.ts';
import { describedEventStream, streamEvents } from './event-stream.ts';
import { explainOperation } from './explain-operation.ts';
import { observationOperations } from './observation-operations.ts';
import { openApiDocument } from './openapi.ts';
import { problem } from './problem.ts';
import { resourceOperations } from './resource-operations.ts';
import { describedSessionOperations, sessionOperation } from './session-operations.ts';

/** What the API works on, beside the gateway. */
export interface ApiServices {
  readonly state: AdminState;
  readonly live: LiveSnapshot;
  readonly observed: ObservedGateway;
  readonly explain: Explainer;
  readonly authority: AuthorityAccess;
  /** Hears of what should not happen. */
  readonly onFault: (error: Error) => void;
}

/** The API of one admin listener. */
export interface AdminApi {
  readonly routes: Hono;
  /** Told of each snapshot that is in force. */
  readonly applied: (options: GatewayOptions) => void;
}

/** `/v1/...`: everything that can be asked and changed, for those who show that they may. */
export function adminApi(
  gateway: RunningGateway,
  services: ApiServices,
  administratorOf: AdministratorOf,
): AdminApi {
  const { state, live, observed, explain, authority, onFault } = services;
  const { certificates } = state;
  const registry = new CertificateRegistry(certificates, live);
  const views = new CertificateViews(certificates);
  const events = state.keepEvents(observed, onFault);
  const operations = [
    ...certificateOperations({ live, registry, views }),
    ...resourceOperations({ gateway, live, views, observed }),
    explainOperation(explain, live),
    ...authorityOperations({ access: authority, live, certificates, onFault }),
    ...observationOperations({ observed, events, certificates }),
    sessionOperation,
  ];
  const described = openApiDocument([
    ...operations,
    ...describedSessionOperations,
    describedEventStream,
  ]);
  const access = new Access(state.token, state.sessions, administratorOf);
  const app = new Hono<ApiEnvironment>();
  app.use('/v1/*', access.check);
  app.get('/openapi.json', (c) => send(c, { status: 200, body: described }));
  app.get('/login', access.followLink);
  app.post('/v1/session', access.logIn);
  app.delete('/v1/session', access.logOut);
  app.get('/v1/events', (c) => streamEvents(c, events));
  app.route('/', apiRoutes(operations, onFault));
  app.all('/v1/*', (c) => send(c, problem('not-found', 'the API has no such resource')));
  return {
    routes: app as unknown as Hono,
    applied: (options) => views.readAhead(options),
  };
}
