import type {
  clientView,
  findingView,
  handshakeSummary,
  readinessView,
  statusView,
} from '../../../src/admin/api/observation-schemas.ts';

export type {
  CertificateSummary,
  CertificateView,
} from '../../../src/admin/api/certificate-schemas.ts';
export type { HandshakeView } from '../../../src/admin/api/observation-schemas.ts';
export type {
  ListenerView,
  RouteView,
  UserView,
} from '../../../src/admin/api/resource-schemas.ts';

/** What a schema of the API describes. */
type Output<Schema extends { readonly _output: unknown }> = Schema['_output'];

export type ClientView = Output<typeof clientView>;
export type Finding = Output<typeof findingView>;
export type HandshakeSummary = Output<typeof handshakeSummary>;
export type Readiness = Output<typeof readinessView>;
export type Status = Output<typeof statusView>;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}
