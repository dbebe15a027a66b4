// What can be measured, by the names that --only takes, in the order of the report.
import type { ProgramName } from '../tools/programs.ts';
import { benchAdmin } from './admin.ts';
import type { BenchSettings } from './comparison.ts';
import {
  benchHandshake,
  benchRefusedHandshake,
  benchResumedHandshake,
  benchRsaHandshake,
} from './handshake.ts';
import { benchBodies, benchHttp1AndLimit, benchRoutes } from './http1.ts';
import { benchHttp2 } from './http2.ts';
import { benchIssuance } from './issuance.ts';
import { benchMqtt } from './mqtt.ts';
import { benchIdleConnections } from './idle-connections.ts';
import { benchNats } from './nats.ts';
import { benchObservability } from './observability.ts';
import { SERVER_PROGRAMS } from './peers/choice.ts';
import type { Peer } from './peers/peer.ts';
import { benchPki } from './pki.ts';
import { benchReload } from './reload.ts';
import { benchRevocationLists } from './revocation-lists.ts';
import { benchRevocation } from './revocation.ts';
import type { Row } from './row.ts';
import { benchStart } from './start.ts';
import { benchStream } from './stream.ts';
import { benchWorkers } from './workers.ts';

export interface Scenario {
  readonly name: string;
  /** What it is measured beside. */
  readonly programs: readonly ProgramName[];
  /** Not where it is only run when it is named: it compares ours with ours. */
  readonly isStandard: boolean;
  readonly run: (settings: BenchSettings) => Promise<Row[]>;
}

/** `nodeArgs` are for profiles of ours. */
export function scenariosOf(
  nodeArgs: readonly string[],
  streamPeers: readonly Peer[],
): readonly Scenario[] {
  const web = (name: string, run: Scenario['run']): Scenario => {
    return { name, run, programs: SERVER_PROGRAMS, isStandard: true };
  };
  const other = (name: string, run: Scenario['run'], ...programs: ProgramName[]): Scenario => {
    return { name, run, programs, isStandard: true };
  };
  return [
    web('handshake', benchHandshake),
    web('rsa', benchRsaHandshake),
    web('resumed', benchResumedHandshake),
    web('refused', benchRefusedHandshake),
    web('http1', benchHttp1AndLimit),
    web('bodies', benchBodies),
    web('routes', benchRoutes),
    web('http2', benchHttp2),
    web('stream', (settings) => benchStream(settings, streamPeers)),
    web('memory', (settings) => benchIdleConnections(settings, streamPeers)),
    web('start', benchStart),
    web('reload', benchReload),
    web('workers', benchWorkers),
    other('nats', benchNats(nodeArgs), 'nats-server'),
    other('mqtt', benchMqtt(nodeArgs), 'mosquitto'),
    other('pki', benchPki),
    other('issuance', benchIssuance, 'openssl', 'cfssl'),
    other('revocation', benchRevocation),
    other('lists', benchRevocationLists, 'openssl'),
    { ...web('observability', benchObservability), isStandard: false },
    { ...other('admin', benchAdmin), isStandard: false },
  ];
}
