import { BodyReader } from './body-reader.ts';
import { number16, packet, PACKET, type ProtocolLevel, sizeBytes, withLength } from './packet.ts';
import {
  CONNECT_PROPERTIES,
  type Properties,
  PROPERTY,
  readProperties,
  WILL_PROPERTIES,
} from './properties.ts';

/** A CONNECT as it came (5.0, section 3.1). */
export interface Connect {
  readonly level: ProtocolLevel;
  readonly cleanStart: boolean;
  readonly keepAlive: number;
  /** null: the client speaks 3.1.1. */
  readonly properties: Properties | null;
  readonly clientId: Buffer;
  readonly will: Will | null;
  readonly user: Buffer | null;
  readonly password: Buffer | null;
}

export interface Will {
  readonly qos: number;
  readonly retain: boolean;
  readonly topic: Buffer;
  /** Properties with their length, topic and payload, as they came. */
  readonly bytes: Buffer;
}

export type ConnectResult =
  | { readonly kind: 'connect'; readonly connect: Connect }
  /** Another version of the protocol. `level` is what it said. */
  | { readonly kind: 'version'; readonly level: number }
  /** `level` null: not even the version could be read. */
  | { readonly kind: 'malformed'; readonly level: ProtocolLevel | null };

/** Reads what stands behind the fixed header of a CONNECT, all of it and nothing more. */
export function readConnect(body: Buffer): ConnectResult {
  const reader = new BodyReader(body, 0, body.length);
  const name = reader.binary().toString('latin1');
  const level = reader.byte();
  if (reader.isMalformed) return { kind: 'malformed', level: null };
  if (name === 'MQIsdp') return { kind: 'version', level };
  if (name !== 'MQTT') return { kind: 'malformed', level: null };
  if (level !== 4 && level !== 5) return { kind: 'version', level };
  const connect = readAfterLevel(reader, level);
  return connect === null ? { kind: 'malformed', level } : { kind: 'connect', connect };
}

function readAfterLevel(reader: BodyReader, level: ProtocolLevel): Connect | null {
  const flags = reader.byte();
  const hasUser = (flags & FLAG.user) !== 0;
  const hasPassword = (flags & FLAG.password) !== 0;
  if ((flags & FLAG.reserved) !== 0 || (level === 4 && hasPassword && !hasUser)) return null;
  const keepAlive = reader.number16();
  const properties = level === 5 ? readProperties(reader, CONNECT_PROPERTIES) : null;
  const clientId = reader.text();
  const will = readWill(reader, level, flags);
  const user = hasUser ? reader.text() : null;
  const password = hasPassword ? reader.binary() : null;
  if (!reader.isAtEnd) reader.fail();
  if (reader.isMalformed || hasDataWithoutMethod(properties)) return null;
  const cleanStart = (flags & FLAG.cleanStart) !== 0;
  return { level, cleanStart, keepAlive, properties, clientId, will, user, password };
}

function readWill(reader: BodyReader, level: ProtocolLevel, flags: number): Will | null {
  const qos = (flags >> 3) & 3;
  const retain = (flags & FLAG.willRetain) !== 0;
  if ((flags & FLAG.will) === 0) {
    if (qos > 0 || retain) reader.fail();
    return null;
  }
  const from = reader.at;
  if (level === 5) readProperties(reader, WILL_PROPERTIES);
  const topic = reader.text();
  reader.binary();
  if (qos === 3 || topic.length === 0 || topic.includes('+') || topic.includes('#')) reader.fail();
  return { qos, retain, topic, bytes: reader.isMalformed ? topic : reader.since(from) };
}

function hasDataWithoutMethod(properties: Properties | null): boolean {
  if (properties === null) return false;
  const { places } = properties;
  return places.has(PROPERTY.authenticationData) && !places.has(PROPERTY.authenticationMethod);
}

/** Who a client is to be at the upstream. */
export interface ConnectCredentials {
  readonly user: Buffer | null;
  readonly password: Buffer | null;
}

/** The CONNECT for the upstream: everything as the client said, but for who it is. */
export function connectPacket(connect: Connect, { user, password }: ConnectCredentials): Buffer {
  const { level, cleanStart, keepAlive, properties, clientId, will } = connect;
  let flags = cleanStart ? FLAG.cleanStart : 0;
  if (will !== null) flags |= FLAG.will | (will.qos << 3) | (will.retain ? FLAG.willRetain : 0);
  if (user !== null) flags |= FLAG.user;
  if (password !== null) flags |= FLAG.password;
  const parts = [NAME, Buffer.from([level, flags]), number16(keepAlive)];
  if (properties !== null) {
    parts.push(Buffer.from(sizeBytes(properties.bytes.length)), properties.bytes);
  }
  parts.push(withLength(clientId));
  if (will !== null) parts.push(will.bytes);
  if (user !== null) parts.push(withLength(user));
  if (password !== null) parts.push(withLength(password));
  return packet(PACKET.connect << 4, ...parts);
}

/** The same CONNECT without one of its properties. */
export function withoutProperty(connect: Connect, property: number): Connect {
  const place = connect.properties?.places.get(property);
  if (connect.properties === null || place === undefined) return connect;
  const { bytes, numbers, places } = connect.properties;
  const [from, length] = place;
  const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
  const others = new Map([...places].filter(([id]) => id !== property));
  return { ...connect, properties: { bytes: rest, numbers, places: others } };
}

const FLAG = {
  reserved: 0x01,
  cleanStart: 0x02,
  will: 0x04,
  willRetain: 0x20,
  password: 0x40,
  user: 0x80,
} as const;

const NAME = withLength(Buffer.from('MQTT'));
