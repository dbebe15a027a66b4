import type { ClientFault } from './client-reader.ts';
import { number16, packet, PACKET, type ProtocolLevel, sizeBytes, withLength } from './packet.ts';

/** Why a client is refused or sent away; the words of MQTT 5 (section 2.4). */
export const REASON = {
  malformed: 0x81,
  protocolError: 0x82,
  unsupportedVersion: 0x84,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  shuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  packetTooLarge: 0x95,
} as const;

export type Reason = (typeof REASON)[keyof typeof REASON];

/** What is said of what can't be read on. */
export const FAULT_REASONS: Readonly<Record<ClientFault, Reason>> = {
  malformed: REASON.malformed,
  'protocol-error': REASON.protocolError,
  'too-large': REASON.packetTooLarge,
  'not-authorized': REASON.notAuthorized,
};

/** What 3.1.1 (section 3.2.2.3) has for them; a reason without a code is not said. */
const RETURN_CODES: ReadonlyMap<Reason, number> = new Map<Reason, number>([
  [REASON.unsupportedVersion, 1],
  [REASON.serverUnavailable, 3],
  [REASON.notAuthorized, 5],
]);

/** Code of a refused subscription in 3.1.1. */
export const SUBSCRIPTION_FAILED = 0x80;

/**
 * CONNACK of a refusal; null: the version has no word for it. `about` is told to clients of MQTT 5, and
 * says where the operator finds the reason, unless the packet gets longer than `most` bytes by it.
 */
export function connackPacket(
  level: ProtocolLevel,
  reason: Reason,
  about: string,
  most: number,
): Buffer | null {
  if (level === 5) {
    const text = withLength(Buffer.from(about));
    const properties = Buffer.from([...sizeBytes(1 + text.length), REASON_STRING]);
    const whole = packet(PACKET.connack << 4, Buffer.from([0, reason]), properties, text);
    return whole.length <= most ? whole : packet(PACKET.connack << 4, Buffer.from([0, reason, 0]));
  }
  const code = RETURN_CODES.get(reason);
  return code === undefined ? null : packet(PACKET.connack << 4, Buffer.from([0, code]));
}

const REASON_STRING = 0x1f;

/** DISCONNECT; null: a server of 3.1.1 has none. */
export function disconnectPacket(level: ProtocolLevel, reason: Reason): Buffer | null {
  return level === 5 ? packet(PACKET.disconnect << 4, Buffer.from([reason])) : null;
}

/** PUBACK (QoS 1) or PUBREC (QoS 2) of a message that is not published; MQTT 5 alone has one. */
export function publishRefusal(qos: number, id: number): Buffer {
  const type = qos === 1 ? PACKET.puback : PACKET.pubrec;
  return packet(type << 4, number16(id), Buffer.from([REASON.notAuthorized]));
}

/** PUBACK, PUBREC or PUBCOMP of a message that was taken. */
export function acknowledgement(type: 4 | 5 | 7, id: number): Buffer {
  return packet(type << 4, number16(id));
}

/** SUBACK with a code for each filter. */
export function subackPacket(level: ProtocolLevel, id: number, codes: Uint8Array): Buffer {
  const properties = level === 5 ? Buffer.from([0]) : Buffer.alloc(0);
  return packet(PACKET.suback << 4, number16(id), properties, codes);
}
