import type { MqttOptions, MqttUserOptions } from '../frontends/mqtt/options.ts';
import type { NamedCertificate } from './certificates.ts';
import { refuseForeignKeys } from './foreign-keys.ts';
import type { ConfigPath } from './problem.ts';
import type { Report } from './report.ts';
import type { ListenerConfig } from './schema.ts';
import type { Upstreams } from './upstreams.ts';

/** As much as the protocol has. */
const PACKET_SIZE = 268_435_455;
const CONTROL_PACKET = 65_536;
const CONNECT_TIMEOUT_MS = 10_000;
const DRAIN_MS = 5000;

interface MqttContext {
  readonly report: Report;
  readonly upstreams: Upstreams;
  readonly mqttUsers: ReadonlyMap<string, MqttUserOptions>;
}

/** What an `mqtt` listener does; null where it can't be used, which is reported. */
export function resolveMqtt(
  config: ListenerConfig,
  at: ConfigPath,
  certificates: readonly NamedCertificate[],
  { report, upstreams, mqttUsers: users }: MqttContext,
): MqttOptions | null {
  refuseForeignKeys('mqtt', config, at, certificates, report);
  if (config.upstream === undefined) {
    report.error(at, 'upstream is missing: an mqtt listener stands in front of a broker');
    return null;
  }
  const upstream = upstreams.findBroker(config.upstream, [...at, 'upstream']);
  if (upstream === null) return null;
  const { packet_size: packetSize, control_packet: controlPacket } = config.limits ?? {};
  return {
    upstream,
    clientId: config.client_id ?? 'any',
    users,
    limits: {
      maxPacket: packetSize ?? PACKET_SIZE,
      maxHeld: controlPacket ?? CONTROL_PACKET,
      connectTimeoutMs: config.limits?.connect_timeout ?? CONNECT_TIMEOUT_MS,
      drainMs: DRAIN_MS,
    },
  };
}
