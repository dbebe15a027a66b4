import { HeldBytes } from '../../held-bytes.ts';
import { ControlLine, INCOMPLETE, isWord, readSize, startsWith, STRAY_CR } from './control-line.ts';

/** Why a client's bytes can't be read on. */
export type ClientFault =
  /** No operation that a client has, or a message that doesn't end where it says. */
  | 'unknown-operation'
  /** A line longer than allowed. */
  | 'control-line'
  /** A message larger than allowed. */
  | 'payload'
  /** A known operation with arguments that make no sense. */
  | 'arguments'
  /** An operation that comes before the client has logged in. */
  | 'no-login'
  /** A second CONNECT: it could change the user at the upstream. */
  | 'second-connect'
  /** The one who was told has had enough. */
  | 'stopped';

/** `always`: the next message to the same subject may be published too, until the client logs in. */
export type PublishLeave = 'always' | 'once' | 'no';

/** Who decides on what a client sends, and takes what may pass. */
export interface ClientReaderEvents {
  /** Bytes for the upstream, in order: whole operations and parts of allowed messages. */
  toUpstream(bytes: Buffer): void;
  /** The JSON of CONNECT, valid until this returns. False: stop reading. */
  connect(json: Buffer): boolean;
  /** Whether a message may be published; its subject stands between the offsets. */
  mayPublish(bytes: Buffer, from: number, to: number): PublishLeave;
  /** The same for a subscription; `queueFrom` is -1 where it is in no queue group. */
  maySubscribe(
    bytes: Buffer,
    from: number,
    to: number,
    queueFrom: number,
    queueTo: number,
  ): boolean;
}

export interface ClientReaderLimits {
  /** Bytes of a control line behind its verb. */
  readonly maxControlLine: number;
  /** Whether operations may come before CONNECT. */
  readonly requiresConnect: boolean;
}

const PASS = 0;
const DROP = 1;
type Verdict = typeof PASS | typeof DROP | ClientFault;

/** Only CONNECT begins with it. */
const VERB_C = 0x63;
const CR = 0x0d;
const LF = 0x0a;

/** Longer ones are looked up each time. */
const MOST_KNOWN = 160;

/** Bytes that a verb and the spaces behind it may have beyond the arguments. */
const VERB_ROOM = 64;

/**
 * Frames what a client sends, for the whole life of its connection, as nats-server's parser does; what
 * that one could read in two ways (a CR within a line) is refused. What passes goes on as slices of
 * the chunks it came in, in as few pieces as can be.
 */
export class ClientReader {
  /** Bytes of a message, as the upstream says; may change. */
  maxPayload = Number.POSITIVE_INFINITY;
  readonly #events: ClientReaderEvents;
  readonly #limits: ClientReaderLimits;
  readonly #line = new ControlLine();
  #isConnected = false;
  /** Bytes of the message under way that are still to come, its final CR LF included. */
  #left = 0;
  #isDropping = false;
  readonly #held = new HeldBytes();
  /** `PUB subject ` as it last came, where its messages are allowed always. */
  readonly #known = Buffer.alloc(MOST_KNOWN);
  #knownLength = 0;

  constructor(events: ClientReaderEvents, limits: ClientReaderLimits) {
    this.#events = events;
    this.#limits = limits;
  }

  /** Takes the next bytes. After a fault nothing more may be pushed. */
  push(chunk: Buffer): ClientFault | null {
    let at = 0;
    if (this.#held.length > 0) {
      const end = chunk.indexOf(LF);
      const fault = this.#complete(chunk, end);
      if (fault !== null || end === -1) return fault;
      at = end + 1;
    }
    const events = this.#events;
    const line = this.#line;
    const { length } = chunk;
    let run = at;
    while (at < length) {
      if (this.#left > 0) {
        const end = Math.min(at + this.#left, length);
        if (!this.#endsRight(chunk, at, end)) {
          return this.#failAfter('unknown-operation', chunk, run, at);
        }
        this.#left -= end - at;
        at = end;
        if (this.#isDropping) run = at;
        continue;
      }
      const known = this.#readKnown(chunk, at, length);
      if (known !== 0) {
        at = known;
        continue;
      }
      const end = line.read(chunk, at, length);
      if (end === INCOMPLETE) {
        const fault = this.#hold(chunk.subarray(at));
        if (fault !== null) return this.#failAfter(fault, chunk, run, at);
        break;
      }
      if (at > run && (chunk[at] | 0x20) === VERB_C) {
        // What becomes of CONNECT comes after what came before it.
        events.toUpstream(chunk.subarray(run, at));
        run = at;
      }
      const verdict = end === STRAY_CR ? 'unknown-operation' : this.#judge(chunk, at);
      if (verdict === PASS) {
        at = end + 1;
      } else if (verdict === DROP) {
        if (at > run) events.toUpstream(chunk.subarray(run, at));
        at = end + 1;
        run = at;
      } else {
        return this.#failAfter(verdict, chunk, run, at);
      }
    }
    if (at > run) events.toUpstream(chunk.subarray(run, at));
    return null;
  }

  /**
   * Reads the line at `at` where it is the publication of one more message to the same subject, byte
   * for byte as before but for the size. Returns where the message begins; 0: read the line as any.
   */
  #readKnown(bytes: Buffer, at: number, length: number): number {
    const size = this.#knownLength;
    // Nine digits, CR and LF.
    if (size === 0 || at + size + 11 > length) return 0;
    const known = this.#known;
    for (let index = 0; index < size; index += 1) {
      if (bytes[at + index] !== known[index]) return 0;
    }
    const from = at + size;
    let index = from;
    let payload = 0;
    for (; index < from + 9; index += 1) {
      const digit = bytes[index] - 0x30;
      if (digit < 0 || digit > 9) break;
      payload = payload * 10 + digit;
    }
    if (index === from || bytes[index] !== CR || bytes[index + 1] !== LF) return 0;
    if (payload > this.maxPayload) return 0;
    this.#left = payload + 2;
    this.#isDropping = false;
    return index + 2;
  }

  /** What came before a fault is as good as if the fault came later. */
  #failAfter(fault: ClientFault, chunk: Buffer, run: number, at: number): ClientFault {
    if (at > run) this.#events.toUpstream(chunk.subarray(run, at));
    return fault;
  }

  /** The line that began in an earlier chunk; `end` is where its LF is in this one, or -1. */
  #complete(chunk: Buffer, end: number): ClientFault | null {
    const fault = this.#hold(end === -1 ? chunk : chunk.subarray(0, end + 1));
    if (fault !== null || end === -1) return fault;
    const bytes = this.#held.take();
    if (this.#line.read(bytes, 0, bytes.length) < 0) return 'unknown-operation';
    const verdict = this.#judge(bytes, 0);
    if (verdict === PASS) this.#events.toUpstream(bytes);
    return verdict === PASS || verdict === DROP ? null : verdict;
  }

  /** Keeps the start of a line, unless it can't become one. */
  #hold(more: Buffer): ClientFault | null {
    const held = this.#held;
    // CR and LF count with neither.
    const most = this.#limits.maxControlLine + VERB_ROOM + 2;
    if (held.length + more.length > most) return 'control-line';
    held.append(more);
    const { bytes } = held;
    const { length } = bytes;
    return VERBS.some((verb) => startsWith(bytes, 0, length, verb)) ? null : 'unknown-operation';
  }

  /** Decides on the line that was read, which starts at `at`; a message that follows is awaited. */
  #judge(bytes: Buffer, at: number): Verdict {
    const line = this.#line;
    if (line.count === 0 || line.from(0) !== at) return 'unknown-operation';
    const verbEnd = line.to(0);
    const verb = bytes[at] | 0x20;
    if (!this.#isConnected && this.#limits.requiresConnect && verb !== VERB_C) return 'no-login';
    const { maxControlLine } = this.#limits;
    const argumentBytes = line.count > 1 ? line.end - line.from(1) : 0;
    if (argumentBytes > maxControlLine || line.end - at > maxControlLine + VERB_ROOM) {
      return 'control-line';
    }
    switch (verb) {
      case 0x70: // p
        if (isWord(bytes, at, verbEnd, 'pub')) return this.#judgePublish(bytes, 0);
        if (line.count > 1) return 'unknown-operation';
        if (isWord(bytes, at, verbEnd, 'ping') || isWord(bytes, at, verbEnd, 'pong')) return PASS;
        return 'unknown-operation';
      case 0x68: // h
        if (isWord(bytes, at, verbEnd, 'hpub')) return this.#judgePublish(bytes, 1);
        return 'unknown-operation';
      case 0x73: // s
        if (isWord(bytes, at, verbEnd, 'sub')) return this.#judgeSubscribe(bytes);
        return 'unknown-operation';
      case 0x75: // u
        if (!isWord(bytes, at, verbEnd, 'unsub')) return 'unknown-operation';
        return line.count === 2 || line.count === 3 ? PASS : 'arguments';
      case VERB_C:
        return this.#judgeConnect(bytes, at);
      case 0x2b: // +
        return line.count === 1 && isWord(bytes, at, verbEnd, '+ok') ? DROP : 'unknown-operation';
      default:
        return 'unknown-operation';
    }
  }

  /** `PUB subject [reply] size`, or with a header `HPUB subject [reply] header-size size`. */
  #judgePublish(bytes: Buffer, headers: 0 | 1): Verdict {
    const line = this.#line;
    const last = line.count - 1;
    if (last < 2 + headers || last > 3 + headers) return 'arguments';
    const size = readSize(bytes, line.from(last), line.to(last));
    if (size < 0) return 'arguments';
    if (headers === 1) {
      const headerSize = readSize(bytes, line.from(last - 1), line.to(last - 1));
      if (headerSize < 0 || headerSize > size) return 'arguments';
    }
    if (size > this.maxPayload) return 'payload';
    const leave = this.#events.mayPublish(bytes, line.from(1), line.to(1));
    this.#left = size + 2;
    this.#isDropping = leave === 'no';
    if (leave === 'always' && headers === 0 && last === 2) {
      this.#know(bytes, line.from(0), line.from(last));
    }
    return leave === 'no' ? DROP : PASS;
  }

  #know(bytes: Buffer, from: number, to: number): void {
    if (to - from > MOST_KNOWN) return;
    bytes.copy(this.#known, 0, from, to);
    this.#knownLength = to - from;
  }

  /** `SUB subject [queue] sid` */
  #judgeSubscribe(bytes: Buffer): Verdict {
    const line = this.#line;
    if (line.count !== 3 && line.count !== 4) return 'arguments';
    const hasQueue = line.count === 4;
    const allowed = this.#events.maySubscribe(
      bytes,
      line.from(1),
      line.to(1),
      hasQueue ? line.from(2) : -1,
      hasQueue ? line.to(2) : -1,
    );
    return allowed ? PASS : DROP;
  }

  /** nats-server takes `CONNECT{...}` too. What becomes of it is not ours to pass on. */
  #judgeConnect(bytes: Buffer, at: number): Verdict {
    const line = this.#line;
    const verbEnd = at + 'connect'.length;
    if (verbEnd > line.end || !startsWith(bytes, at, line.end, 'connect'))
      return 'unknown-operation';
    const from = line.count > 1 && line.to(0) === verbEnd ? line.from(1) : verbEnd;
    if (line.end - from > this.#limits.maxControlLine) return 'control-line';
    if (this.#isConnected) return 'second-connect';
    this.#isConnected = true;
    this.#knownLength = 0;
    return this.#events.connect(bytes.subarray(from, line.end)) ? DROP : 'stopped';
  }

  /** Whether the part of a message between the offsets has its CR and LF where they belong. */
  #endsRight(chunk: Buffer, from: number, end: number): boolean {
    const after = this.#left - (end - from);
    if (after === 0) {
      return chunk[end - 1] === LF && (end - from === 1 || chunk[end - 2] === CR);
    }
    return after !== 1 || chunk[end - 1] === CR;
  }
}

const VERBS: readonly string[] = ['pub ', 'pub\t', 'ping', 'pong', 'hpub ', 'hpub\t'].concat([
  'sub ',
  'sub\t',
  'unsub ',
  'unsub\t',
  'connect',
  '+ok',
]);
