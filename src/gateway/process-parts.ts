import type { UpstreamClients } from '../frontends/http/origins/proxy.ts';
import type { GatewayLog } from '../observability/log.ts';
import type { LiveRevocations } from '../tls/live-revocations.ts';
import type { MaterialSource } from '../tls/server-material.ts';
import type { SessionStore } from '../tls/session-store.ts';
import type { ConnectionRoom } from './entrance.ts';
import type { Telemetry } from './telemetry.ts';

/** What the listeners of one process share, over all snapshots. */
export interface ProcessParts {
  readonly upstreams: UpstreamClients;
  readonly sessions: SessionStore;
  readonly materials: MaterialSource;
  readonly revocations: LiveRevocations;
  readonly room: ConnectionRoom;
  readonly log: GatewayLog;
  readonly telemetry: Telemetry;
}
