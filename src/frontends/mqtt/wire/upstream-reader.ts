import { HeldBytes } from '../../held-bytes.ts';
import {
  INCOMPLETE,
  PACKET,
  PacketScanner,
  PASS,
  type ProtocolLevel,
  readNumber16,
} from './packet.ts';

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

/**
 * Frames what an upstream sends, for the whole life of a connection: SUBACK can be taken out, messages
 * can be left out, the rest goes on as slices of the chunks it came in.
 */
export class UpstreamReader {
  /** Whether SUBACK is told. */
  takesSubacks = false;
  /** Whether to tell when the packet under way has ended; false again once that was told. */
  tellsEnd = false;
  readonly #events: UpstreamReaderEvents;
  readonly #kinds: Uint8Array;
  readonly #scan: PacketScanner;
  #isConnected = false;
  #isDropping = false;
  readonly #held = new HeldBytes();

  constructor(events: UpstreamReaderEvents, rules: UpstreamReaderRules) {
    this.#events = events;
    this.#kinds = kindsFor(rules);
    this.#scan = new PacketScanner(this.#kinds, Number.POSITIVE_INFINITY);
  }

  /** Whether everything that was forwarded is whole, so that something may be put in between. */
  get isBetweenPackets(): boolean {
    return this.#scan.left === 0 || this.#isDropping;
  }

  /** Takes the next bytes. False: it is not MQTT; nothing more may be pushed. */
  push(chunk: Buffer): boolean {
    let at = 0;
    if (this.#held.length > 0) {
      at = this.#complete(chunk);
      if (at < 0) return false;
    }
    const events = this.#events;
    const scan = this.#scan;
    const { length } = chunk;
    let run = at;
    while (at < length) {
      if (scan.left > 0) {
        const end = Math.min(at + scan.left, length);
        scan.left -= end - at;
        at = end;
        if (this.#isDropping) {
          run = at;
          this.#isDropping = scan.left > 0;
        } else if (this.tellsEnd && scan.left === 0) {
          events.toClient(chunk.subarray(run, at));
          run = at;
          this.#tellEnd();
        }
        continue;
      }
      if (this.#isConnected) {
        at = scan.skip(chunk, at, length);
        if (at === length) break;
      }
      const need = this.#need(chunk, at, length);
      if (need < 0) return this.#failAfter(chunk, run, at);
      if (need > length - at) {
        this.#held.append(chunk.subarray(at));
        if (at > run) events.toClient(chunk.subarray(run, at));
        return true;
      }
      const isPlain = this.#kinds[chunk[at]] === PASS && this.#isConnected;
      if (!isPlain && at > run) {
        // What is said in its place comes after what came before it.
        events.toClient(chunk.subarray(run, at));
        run = at;
      }
      const passes = isPlain ? true : this.#judge(chunk, at);
      if (passes === null) return this.#failAfter(chunk, run, at);
      scan.left = scan.size - (need - (scan.body - at));
      at += need;
      if (!passes) {
        run = at;
        this.#isDropping = scan.left > 0;
      }
    }
    if (at > run) events.toClient(chunk.subarray(run, at));
    return true;
  }

  #tellEnd(): void {
    this.tellsEnd = false;
    this.#events.upstreamPacketEnded();
  }

  #failAfter(chunk: Buffer, run: number, at: number): false {
    if (at > run) this.#events.toClient(chunk.subarray(run, at));
    return false;
  }

  /** As of the client's reader. */
  #complete(chunk: Buffer): number {
    const held = this.#held;
    let at = 0;
    for (;;) {
      const { bytes } = held;
      const need = this.#need(bytes, 0, bytes.length);
      if (need < 0) return need;
      if (need <= bytes.length) {
        const passes = this.#judge(bytes, 0);
        if (passes === null) return NOT_MQTT;
        this.#scan.left = this.#scan.size - (need - this.#scan.body);
        this.#isDropping = !passes && this.#scan.left > 0;
        held.take();
        if (passes) this.#events.toClient(bytes);
        if (this.tellsEnd && this.#scan.left === 0) this.#tellEnd();
        return at;
      }
      if (at === chunk.length) return at;
      const more = Math.min(need - bytes.length, chunk.length - at);
      held.append(chunk.subarray(at, at + more));
      at += more;
    }
  }

  /** As of the client's reader. */
  #need(bytes: Buffer, at: number, length: number): number {
    const kind = this.#kinds[bytes[at]];
    if (kind === NEVER) return NOT_MQTT;
    const header = this.#scan.readHeader(bytes, at, length);
    if (header === INCOMPLETE) return length - at + 1;
    if (header < 0) return NOT_MQTT;
    const head = this.#headOf(kind, bytes, at, length);
    return head > this.#scan.size || head > MOST_HELD ? NOT_MQTT : header + head;
  }

  /** Bytes of the body that have to be there. */
  #headOf(kind: number, bytes: Buffer, at: number, length: number): number {
    switch (kind) {
      case CONNACK:
      case PUBREL:
        return 2;
      case SUBACK:
        return this.takesSubacks ? this.#scan.size : 0;
      case PUBLISH: {
        if (length < this.#scan.body + 2) return 2;
        const qos = (bytes[at] >> 1) & 3;
        return 2 + readNumber16(bytes, this.#scan.body) + (qos > 0 ? 2 : 0);
      }
      default:
        return 0;
    }
  }

  /** Whether the packet is forwarded; null: the upstream has no reason to send it. */
  #judge(bytes: Buffer, at: number): boolean | null {
    const body = this.#scan.body;
    const events = this.#events;
    const kind = this.#kinds[bytes[at]];
    if (!this.#isConnected && kind !== CONNACK && bytes[at] !== PACKET.auth << 4) return null;
    switch (kind) {
      case CONNACK:
        if (this.#isConnected) return null;
        this.#isConnected = true;
        events.connack(bytes[body + 1]);
        return true;
      case PUBREL:
        return !events.released(readNumber16(bytes, body));
      case SUBACK:
        return this.takesSubacks
          ? events.suback(bytes.subarray(body, body + this.#scan.size))
          : true;
      case PUBLISH: {
        const to = body + 2 + readNumber16(bytes, body);
        if (events.mayDeliver(bytes, body + 2, to)) return true;
        const qos = (bytes[at] >> 1) & 3;
        events.deliveryRefused(qos, qos > 0 ? readNumber16(bytes, to) : 0);
        return false;
      }
      default:
        return true;
    }
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
