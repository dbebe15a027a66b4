import type { TopicPermissionOptions } from '../../policy/topic-permissions.ts';
import type { UpstreamOptions } from '../../upstreams/options.ts';

/** What an MQTT listener does with its clients. */
export interface MqttOptions {
  /** A broker, to which each client has a connection of its own. */
  readonly upstream: UpstreamOptions;
  /** `any`: clients choose their identifiers. `user`: it is the name of the user, who has only one connection then. */
  readonly clientId: 'any' | 'user';
  /** By name; a user who is not here is mapped, and has no password, no permissions and no credentials. */
  readonly users: ReadonlyMap<string, MqttUserOptions>;
  readonly limits: MqttLimits;
}

/** A user of `authorization.users`, as far as MQTT is concerned. */
export interface MqttUserOptions {
  /** What its client must send in CONNECT as well; null: nothing. */
  readonly password: string | null;
  /** null: everything that the upstream allows. */
  readonly permissions: TopicPermissionOptions | null;
  /** Who it is at the upstream; null: a user of the same name, without a password. */
  readonly credentials: MqttCredentials | null;
}

/** `user` null: nobody. */
export interface MqttCredentials {
  readonly user: string | null;
  readonly password: string | null;
}

/** Bounds on what one MQTT connection may take. */
export interface MqttLimits {
  /** Bytes of a client's packet, behind its fixed header. */
  readonly maxPacket: number;
  /** The same for what is held until it can be decided upon: CONNECT, SUBSCRIBE, the head of PUBLISH. */
  readonly maxHeld: number;
  /** From the end of the handshake to the end of CONNECT, milliseconds. */
  readonly connectTimeoutMs: number;
  /** The time over which connections are ended that have to go, milliseconds. */
  readonly drainMs: number;
}
