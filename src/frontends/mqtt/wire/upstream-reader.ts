import { INCOMPLETE, PACKET, PASS, type ProtocolLevel, readNumber16 } from './packet.ts';
import { DROP, PacketFramer } from './packet-framer.ts';

/** Who takes what the upstream sends. */
export interface UpstreamReaderEvents {
  /** Bytes for the client, in order. */
  toClient(bytes: Buffer): void;
  /** What the upstream says to CONNECT, 0: welcome; it is forwarded too. */
  connack(reason: number): void;
  /** The body of a SUBACK, while `takesSubacks`. False: it is not forwarded as it came. null: it is none. */
  suback(body: Buffer): boolean | null;
  /** Whether a message may be delivered; asked only while `asksDeliver`. */
  mayDeliver(bytes: Buffer, from: number, to: number): boolean;
  /** A message was not delivered; `id` is 0 with QoS 0. */
  deliveryRefused(qos: number, id: number): void;
  /** Whether a PUBREL is for a message that was not delivered, and so not forwarded. */
  released(id: number): boolean;
  /** The packet that was under way when `tellsEnd` was set has been forwarded whole. */
  upstreamPacketEnded(): void;
}

export interface UpstreamReaderRules {
  readonly level: ProtocolLevel;
  /** Whether each message is to be asked about. */
  readonly asksDeliver: boolean;
}

/** A SUBACK with more bytes, or a message with a longer topic, has not been asked for. */
const MOST_HELD = 256 * 1024;

/** Frames what an upstream sends: SUBACK can be taken out, messages can be left out. */
export class UpstreamReader extends PacketFramer {
  /** Whether SUBACK is told. */
  takesSubacks = false;
  readonly #events: UpstreamReaderEvents;

  constructor(events: UpstreamReaderEvents, rules: UpstreamReaderRules) {
    super(kindsFor(rules), Number.POSITIVE_INFINITY, SUBACK);
    this.#events = events;
    // Before CONNACK there is next to nothing that an upstream may say.
    this.passesUnseen = false;
  }

  /** Takes the next bytes. False: it is not MQTT; nothing more may be pushed. */
  push(chunk: Buffer): boolean {
    return this.frame(chunk) >= 0;
  }

  protected override forward(bytes: Buffer): void {
    this.#events.toClient(bytes);
  }

  protected override packetEnded(): void {
    this.#events.upstreamPacketEnded();
  }

  protected override need(bytes: Buffer, at: number, length: number): number {
    const kind = this.kinds[bytes[at]];
    if (kind === NEVER) return NOT_MQTT;
    const header = this.scan.readHeader(bytes, at, length);
    if (header === INCOMPLETE) return length - at + 1;
    if (header < 0) return NOT_MQTT;
    const head = this.#headOf(kind, bytes, at, length);
    return head > this.scan.size || head > MOST_HELD ? NOT_MQTT : header + head;
  }

  /** Bytes of the body that have to be there. */
  #headOf(kind: number, bytes: Buffer, at: number, length: number): number {
    switch (kind) {
      case CONNACK:
      case PUBREL:
        return 2;
      case SUBACK:
        return this.takesSubacks ? this.scan.size : 0;
      case PUBLISH: {
        if (length < this.scan.body + 2) return 2;
        const qos = (bytes[at] >> 1) & 3;
        return 2 + readNumber16(bytes, this.scan.body) + (qos > 0 ? 2 : 0);
      }
      default:
        return 0;
    }
  }

  protected override judge(bytes: Buffer, at: number): number {
    const body = this.scan.body;
    const events = this.#events;
    const kind = this.kinds[bytes[at]];
    const isConnected = this.passesUnseen;
    // It has no reason to send it.
    if (!isConnected && kind !== CONNACK && bytes[at] !== PACKET.auth << 4) return NOT_MQTT;
    switch (kind) {
      case CONNACK:
        if (isConnected) return NOT_MQTT;
        this.passesUnseen = true;
        events.connack(bytes[body + 1]);
        return PASS;
      case PUBREL:
        return events.released(readNumber16(bytes, body)) ? DROP : PASS;
      case SUBACK:
        return this.takesSubacks ? this.#judgeSuback(bytes) : PASS;
      case PUBLISH: {
        const to = body + 2 + readNumber16(bytes, body);
        if (events.mayDeliver(bytes, body + 2, to)) return PASS;
        const qos = (bytes[at] >> 1) & 3;
        events.deliveryRefused(qos, qos > 0 ? readNumber16(bytes, to) : 0);
        return DROP;
      }
      default:
        return PASS;
    }
  }

  #judgeSuback(bytes: Buffer): number {
    const { body, size } = this.scan;
    const passes = this.#events.suback(bytes.subarray(body, body + size));
    if (passes === null) return NOT_MQTT;
    return passes ? PASS : DROP;
  }
}

const NOT_MQTT = -1;

const CONNACK = 1;
const SUBACK = 2;
const PUBLISH = 3;
const PUBREL = 4;
const NEVER = 5;

/** By the first byte: types that servers send. */
function kindsFor({ level, asksDeliver }: UpstreamReaderRules): Uint8Array {
  const kinds = new Uint8Array(256).fill(NEVER);
  for (let flags = 0; flags < 16; flags += 1) {
    if (((flags >> 1) & 3) !== 3) {
      kinds[(PACKET.publish << 4) | flags] = asksDeliver ? PUBLISH : PASS;
    }
  }
  for (const type of [
    PACKET.puback,
    PACKET.pubrec,
    PACKET.pubcomp,
    PACKET.unsuback,
    PACKET.pingresp,
  ]) {
    kinds[type << 4] = PASS;
  }
  kinds[PACKET.connack << 4] = CONNACK;
  kinds[PACKET.suback << 4] = SUBACK;
  kinds[(PACKET.pubrel << 4) | 2] = asksDeliver ? PUBREL : PASS;
  if (level === 5) for (const type of [PACKET.disconnect, PACKET.auth]) kinds[type << 4] = PASS;
  return kinds;
}
