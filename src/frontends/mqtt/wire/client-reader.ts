import { BodyReader } from './body-reader.ts';
import {
  INCOMPLETE,
  MALFORMED,
  PACKET,
  PASS,
  type ProtocolLevel,
  readNumber16,
  SizeReader,
  TOO_LARGE,
} from './packet.ts';
import { DROP, PacketFramer } from './packet-framer.ts';
import { PROPERTY, PUBLISH_PROPERTIES, readProperties } from './properties.ts';
import { readSubscribe, type Subscribe } from './subscribe.ts';
import { isTextAt } from './text.ts';

/** Why a client's bytes can't be read on. */
export type ClientFault =
  /** No packet that a client sends, or one that is not put together as it has to be. */
  | 'malformed'
  /** A packet that has no place here: a second CONNECT could change the user at the upstream. */
  | 'protocol-error'
  /** A packet larger than allowed. */
  | 'too-large'
  /** A message that may not be published, in 3.1.1, which has no other answer. */
  | 'not-authorized';

/** Who decides on what a client sends, and takes what may pass. */
export interface ClientReaderEvents {
  /** Bytes for the upstream, in order: whole packets and parts of them. */
  toUpstream(bytes: Buffer): void;
  /** Whether a message may be published; its topic, as bytes well-formed, stands between the offsets. */
  mayPublish(bytes: Buffer, from: number, to: number): boolean;
  /** A message of MQTT 5 was not published; `id` is 0 with QoS 0. */
  publishRefused(qos: number, id: number): void;
  /** A SUBSCRIBE, valid until this returns: it goes upstream as it came, or not, or is one too many. */
  subscribe(subscribe: Subscribe): 'passes' | 'handled' | 'too-many';
  /** The packet that was under way when `tellsEnd` was set has been forwarded whole. */
  clientPacketEnded(): void;
}

export interface ClientReaderRules {
  readonly level: ProtocolLevel;
  /** Whether each message is to be asked about. */
  readonly asksPublish: boolean;
  readonly asksSubscribe: boolean;
  /** Whether AUTH has a place here. */
  readonly takesAuth: boolean;
  /** Bytes behind the fixed header. */
  readonly maxPacket: number;
  /** The same for packets that are held until they can be decided upon. */
  readonly maxHeld: number;
}

/** A topic alias stands for an allowed topic, or for one that is not. */
const ALLOWED = 1;
const DENIED = 2;

/** Topics that are longer are asked about each time. */
const MOST_KNOWN = 160;

/** Frames what a client sends after its CONNECT. */
export class ClientReader extends PacketFramer {
  readonly #events: ClientReaderEvents;
  readonly #rules: ClientReaderRules;
  readonly #sizes = new SizeReader();
  #aliases = NO_ALIASES;
  /** The topic, with its length, that was allowed last. */
  readonly #known = Buffer.alloc(MOST_KNOWN);
  #knownLength = 0;

  constructor(events: ClientReaderEvents, rules: ClientReaderRules) {
    super(kindsFor(rules), rules.maxPacket, SUBSCRIBE);
    this.#events = events;
    this.#rules = rules;
  }

  /** Takes the next bytes. After a fault nothing more may be pushed; after a DISCONNECT nothing is read. */
  push(chunk: Buffer): ClientFault | null {
    const fault = this.frame(chunk);
    return fault < 0 ? faultOf(fault) : null;
  }

  protected override forward(bytes: Buffer): void {
    this.#events.toUpstream(bytes);
  }

  protected override packetEnded(): void {
    this.#events.clientPacketEnded();
  }

  protected override need(bytes: Buffer, at: number, length: number): number {
    const kind = this.kinds[bytes[at]];
    if (kind === NEVER) return MALFORMED;
    if (kind === NOT_HERE) return PROTOCOL_ERROR;
    const header = this.scan.readHeader(bytes, at, length);
    if (header === INCOMPLETE) return length - at + 1;
    if (header < 0 || kind === PASS) return header;
    const held = kind === PUBLISH ? this.#publishHead(bytes, at, length) : this.scan.size;
    if (held < 0) return held;
    return held > this.#rules.maxHeld ? TOO_LARGE : header + held;
  }

  /** The same for the body of a PUBLISH: topic, packet identifier and properties. */
  #publishHead(bytes: Buffer, at: number, length: number): number {
    const size = this.scan.size;
    const from = this.scan.body;
    if (size < 2) return MALFORMED;
    if (length < from + 2) return 2;
    const qos = (bytes[at] >> 1) & 3;
    const topic = 2 + readNumber16(bytes, from) + (qos > 0 ? 2 : 0);
    if (topic > size) return MALFORMED;
    if (this.#rules.level === 4) return topic;
    const properties = this.#sizes.read(bytes, from + topic, Math.min(length, from + size));
    if (properties === INCOMPLETE) {
      return length < from + size ? Math.max(topic, length - from) + 1 : MALFORMED;
    }
    if (properties < 0) return MALFORMED;
    const head = this.#sizes.end - from + properties;
    return head > size ? MALFORMED : head;
  }

  protected override judge(bytes: Buffer, at: number): number {
    switch (this.kinds[bytes[at]]) {
      case PUBLISH:
        return this.#judgePublish(bytes, at);
      case SUBSCRIBE: {
        const body = bytes.subarray(this.scan.body, this.scan.body + this.scan.size);
        const subscribe = readSubscribe(body, this.#rules.level);
        if (subscribe === null) return MALFORMED;
        const outcome = this.#events.subscribe(subscribe);
        if (outcome === 'too-many') return PROTOCOL_ERROR;
        return outcome === 'passes' ? PASS : DROP;
      }
      case LAST:
        this.hasEnded = this.scan.size === 0 || this.#rules.level === 5;
        return this.hasEnded ? PASS : MALFORMED;
      default:
        return PASS;
    }
  }

  #judgePublish(bytes: Buffer, at: number): number {
    const body = this.scan.body;
    const from = body + 2;
    const to = from + readNumber16(bytes, body);
    const qos = (bytes[at] >> 1) & 3;
    const id = qos > 0 ? readNumber16(bytes, to) : 0;
    if (qos > 0 && id === 0) return MALFORMED;
    const { level } = this.#rules;
    const alias = level === 5 ? this.#alias(bytes, qos > 0 ? to + 2 : to) : 0;
    if (alias < 0) return alias;
    const allowed = to > from ? this.#ask(bytes, from, to) : (this.#aliases[alias] ?? 0);
    if (allowed < 0) return allowed;
    if (allowed === 0) return alias === 0 ? MALFORMED : PROTOCOL_ERROR;
    if (alias > 0 && to > from) this.#setAlias(alias, allowed);
    if (allowed === ALLOWED) return PASS;
    if (level === 4) return NOT_AUTHORIZED;
    this.#events.publishRefused(qos, id);
    return DROP;
  }

  /** ALLOWED or DENIED; below zero: the topic is none. */
  #ask(bytes: Buffer, from: number, to: number): number {
    const length = to - from + 2;
    if (length === this.#knownLength && this.#isKnown(bytes, from - 2)) return ALLOWED;
    if (!isTextAt(bytes, from, to) || hasWildcard(bytes, from, to)) return MALFORMED;
    if (!this.#events.mayPublish(bytes, from, to)) return DENIED;
    if (length <= MOST_KNOWN) {
      bytes.copy(this.#known, 0, from - 2, to);
      this.#knownLength = length;
    }
    return ALLOWED;
  }

  #isKnown(bytes: Buffer, from: number): boolean {
    const known = this.#known;
    const length = this.#knownLength;
    for (let index = 0; index < length; index += 1) {
      if (bytes[from + index] !== known[index]) return false;
    }
    return true;
  }

  /** The topic alias of a PUBLISH whose properties start at `from`; 0: none. Below zero: a fault. */
  #alias(bytes: Buffer, from: number): number {
    if (bytes[from] === 0) return 0;
    const body = new BodyReader(bytes, from, this.scan.body + this.scan.size);
    const { numbers } = readProperties(body, PUBLISH_PROPERTIES);
    return body.isMalformed ? MALFORMED : (numbers.get(PROPERTY.topicAlias) ?? 0);
  }

  #setAlias(alias: number, allowed: number): void {
    if (alias >= this.#aliases.length) {
      const grown = new Uint8Array(Math.min(0x1_0000, Math.max(16, 2 * alias)));
      grown.set(this.#aliases);
      this.#aliases = grown;
    }
    this.#aliases[alias] = allowed;
  }
}

const NO_ALIASES = new Uint8Array(0);

function hasWildcard(bytes: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index += 1) {
    if (bytes[index] === 0x2b || bytes[index] === 0x23) return true;
  }
  return false;
}

// What packets are by their first byte, beside PASS.
const PUBLISH = 2;
const SUBSCRIBE = 3;
/** After it nothing is read. */
const LAST = 4;
const NOT_HERE = 5;
const NEVER = 6;

const PROTOCOL_ERROR = -4;
const NOT_AUTHORIZED = -5;

function faultOf(code: number): ClientFault {
  switch (code) {
    case PROTOCOL_ERROR:
      return 'protocol-error';
    case TOO_LARGE:
      return 'too-large';
    case NOT_AUTHORIZED:
      return 'not-authorized';
    default:
      return 'malformed';
  }
}

/** By the first byte: types that clients send, with the flags that they must have (5.0, section 2.1.3). */
function kindsFor({ level, asksPublish, asksSubscribe, takesAuth }: ClientReaderRules): Uint8Array {
  const kinds = new Uint8Array(256).fill(NEVER);
  kinds[PACKET.connect << 4] = NOT_HERE;
  for (let flags = 0; flags < 16; flags += 1) {
    const qos = (flags >> 1) & 3;
    const isAgain = (flags & 8) !== 0;
    if (qos === 3 || (isAgain && qos === 0)) continue;
    kinds[(PACKET.publish << 4) | flags] = asksPublish ? PUBLISH : PASS;
  }
  for (const type of [PACKET.puback, PACKET.pubrec, PACKET.pubcomp, PACKET.pingreq]) {
    kinds[type << 4] = PASS;
  }
  for (const type of [PACKET.pubrel, PACKET.unsubscribe]) kinds[(type << 4) | 2] = PASS;
  kinds[(PACKET.subscribe << 4) | 2] = asksSubscribe ? SUBSCRIBE : PASS;
  kinds[PACKET.disconnect << 4] = LAST;
  if (level === 5) kinds[PACKET.auth << 4] = takesAuth ? PASS : NOT_HERE;
  return kinds;
}
