import type {
  authorityView,
  issuedNow,
  issuedSummary,
  issuedView,
  leafPreview,
  revokedView,
  tokenNow,
  tokenView,
} from '../../../src/admin/api/authority-schemas.ts';
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

export type AuthorityState = Output<typeof authorityView>;
export type IssuedNow = Output<typeof issuedNow>;
export type IssuedSummary = Output<typeof issuedSummary>;
export type IssuedView = Output<typeof issuedView>;
export type LeafPreview = Output<typeof leafPreview>;
export type RevokedView = Output<typeof revokedView>;
export type TokenNow = Output<typeof tokenNow>;
export type TokenView = Output<typeof tokenView>;
export type ClientView = Output<typeof clientView>;
export type Finding = Output<typeof findingView>;
export type HandshakeSummary = Output<typeof handshakeSummary>;
export type Readiness = Output<typeof readinessView>;
export type Status = Output<typeof statusView>;

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}
