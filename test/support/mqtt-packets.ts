// MQTT packets as tests write and read them, by themselves, so that ours are compared with something.

/** A packet: its first byte, and what stands behind the fixed header. */
export interface Packet {
  readonly first: number;
  readonly body: Buffer;
}

export type Version = 4 | 5;

export function sized(size: number): number[] {
  const bytes = [];
  let rest = size;
  for (;;) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    if (rest === 0) return [...bytes, low];
    bytes.push(low + 128);
  }
}

export function raw(first: number, ...body: readonly (Uint8Array | readonly number[])[]): Buffer {
  const whole = Buffer.concat(body.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([first, ...sized(whole.length)]), whole]);
}

/** Text or bytes behind their length. */
export function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

export function properties(version: Version, ...parts: readonly Uint8Array[]): Buffer {
  if (version === 4) return Buffer.alloc(0);
  const whole = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(sized(whole.length)), whole]);
}

export interface ConnectFields {
  readonly version?: Version;
  readonly clientId?: string;
  readonly user?: string;
  readonly password?: string | Buffer;
  readonly clean?: boolean;
  readonly keepAlive?: number;
  readonly will?: {
    readonly topic: string;
    readonly payload?: string;
    readonly qos?: number;
    readonly retain?: boolean;
  };
  /** Encoded, each with its identifier. */
  readonly properties?: readonly Buffer[];
  readonly willProperties?: readonly Buffer[];
}

export function connect(fields: ConnectFields = {}): Buffer {
  const {
    version = 4,
    clientId = 'c',
    user,
    password,
    clean = true,
    keepAlive = 60,
    will,
  } = fields;
  const flags =
    (clean ? 2 : 0) |
    (will === undefined ? 0 : 4 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
    (password === undefined ? 0 : 0x40) |
    (user === undefined ? 0 : 0x80);
  const parts: Buffer[] = [
    field('MQTT'),
    Buffer.from([version, flags, keepAlive >> 8, keepAlive & 255]),
    properties(version, ...(fields.properties ?? [])),
    field(clientId),
  ];
  if (will !== undefined) {
    const own = properties(version, ...(fields.willProperties ?? []));
    parts.push(own, field(will.topic), field(will.payload ?? ''));
  }
  if (user !== undefined) parts.push(field(user));
  if (password !== undefined) parts.push(field(password));
  return raw(0x10, ...parts);
}

export function connack(version: Version = 4, code = 0, sessionPresent = 0): Buffer {
  return raw(0x20, [sessionPresent, code], properties(version));
}

export interface PublishFields {
  readonly version?: Version;
  readonly qos?: number;
  readonly id?: number;
  readonly retain?: boolean;
  readonly alias?: number;
  readonly properties?: readonly Buffer[];
}

export function publish(
  topic: string,
  payload: string | Buffer = '',
  fields: PublishFields = {},
): Buffer {
  const { version = 4, qos = 0, id = 1, retain = false, alias } = fields;
  const own = [...(fields.properties ?? [])];
  if (alias !== undefined) own.push(Buffer.from([0x23, alias >> 8, alias & 255]));
  return raw(
    0x30 | (qos << 1) | (retain ? 1 : 0),
    field(topic),
    qos > 0 ? [id >> 8, id & 255] : [],
    properties(version, ...own),
    Buffer.from(payload as string),
  );
}

/** Filters with their options; 0 where they are text alone. */
export function subscribe(
  id: number,
  filters: readonly (string | readonly [string, number])[],
  version: Version = 4,
  ...own: readonly Buffer[]
): Buffer {
  const asked = filters.map((one) => {
    const [filter, options] = typeof one === 'string' ? [one, 0] : one;
    return Buffer.concat([field(filter), Buffer.from([options])]);
  });
  return raw(0x82, [id >> 8, id & 255], properties(version, ...own), ...asked);
}

export function suback(
  id: number,
  codes: readonly number[],
  version: Version = 4,
  ...own: readonly Buffer[]
): Buffer {
  return raw(0x90, [id >> 8, id & 255], properties(version, ...own), codes);
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP by its first byte. */
export function acknowledge(first: number, id: number, ...rest: readonly number[]): Buffer {
  return raw(first, [id >> 8, id & 255, ...rest]);
}

export const PINGREQ = Buffer.from([0xc0, 0]);
export const PINGRESP = Buffer.from([0xd0, 0]);
export const DISCONNECT = Buffer.from([0xe0, 0]);

/** The packets that are whole, and the bytes after the last of them. */
export function splitPackets(bytes: Buffer): {
  readonly packets: readonly Packet[];
  readonly rest: Buffer;
} {
  const packets: Packet[] = [];
  let at = 0;
  for (;;) {
    const found = firstPacket(bytes.subarray(at));
    if (found === null) return { packets, rest: bytes.subarray(at) };
    packets.push(found.packet);
    at += found.length;
  }
}

function firstPacket(bytes: Buffer): { readonly packet: Packet; readonly length: number } | null {
  let size = 0;
  for (let index = 1; index <= 4; index += 1) {
    const byte = bytes[index];
    if (byte === undefined) return null;
    size += (byte % 128) * 128 ** (index - 1);
    if (byte >= 128) continue;
    const end = index + 1 + size;
    if (bytes.length < end) return null;
    return { packet: { first: bytes[0] ?? 0, body: bytes.subarray(index + 1, end) }, length: end };
  }
  return null;
}

/** The topic of a PUBLISH. */
export function topicOf({ body }: Packet): string {
  return body.toString('utf8', 2, 2 + body.readUInt16BE(0));
}
