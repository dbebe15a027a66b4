import { HeldBytes } from '../../held-bytes.ts';
import { ControlLine, INCOMPLETE, isWord, readSize, startsWith } from './control-line.ts';

/** Who takes what the upstream sends. */
export interface UpstreamReaderEvents {
  /** Bytes for the client, in order. */
  toClient(bytes: Buffer): void;
  /** The JSON of an INFO; what becomes of it is the other's affair. */
  info(json: Buffer): void;
  /** The text behind `-ERR`, as it stands; it is forwarded too. */
  error(text: string): void;
  /**
   * Whether a message may be delivered; asked only while `inspects`. The offsets are those of its
   * subject and of its reply subject, `replyFrom` -1 where it has none.
   */
  mayDeliver(bytes: Buffer, from: number, to: number, replyFrom: number, replyTo: number): boolean;
  /** The message that was under way when `tellsEnd` was set has been forwarded whole. */
  messageEnded(): void;
}

/** An upstream's line is longer than this only where it is no NATS server, bytes. */
export const MAX_UPSTREAM_LINE = 256 * 1024;

const LF = 0x0a;

/**
 * Frames what an upstream sends, for the whole life of a connection: INFO is taken out, messages can be
 * left out, the rest goes on as slices of the chunks it came in.
 */
export class UpstreamReader {
  /** Whether each message is to be asked about. */
  inspects = false;
  /** Whether to tell when the message under way has ended; false again once that was told. */
  tellsEnd = false;
  readonly #events: UpstreamReaderEvents;
  readonly #line = new ControlLine();
  #left = 0;
  #isDropping = false;
  readonly #held = new HeldBytes();

  constructor(events: UpstreamReaderEvents) {
    this.#events = events;
  }

  /** Whether everything that was forwarded is whole, so that something may be put in between. */
  get isBetweenMessages(): boolean {
    return this.#left === 0 || this.#isDropping;
  }

  /** Takes the next bytes. False: it is not NATS; nothing more may be pushed. */
  push(chunk: Buffer): boolean {
    let at = 0;
    if (this.#held.length > 0) {
      const end = chunk.indexOf(LF);
      const isRight = this.#complete(chunk, end);
      if (!isRight || end === -1) return isRight;
      at = end + 1;
    }
    const events = this.#events;
    const line = this.#line;
    const { length } = chunk;
    let run = at;
    while (at < length) {
      if (this.#left > 0) {
        const end = Math.min(at + this.#left, length);
        this.#left -= end - at;
        if (this.#left === 0 && chunk[end - 1] !== LF) return this.#failAfter(chunk, run, at);
        at = end;
        if (this.#isDropping) run = at;
        if (this.tellsEnd && this.#left === 0) {
          if (at > run) events.toClient(chunk.subarray(run, at));
          run = at;
          this.tellsEnd = false;
          events.messageEnded();
        }
        continue;
      }
      const end = line.read(chunk, at, length);
      if (end === INCOMPLETE) {
        if (at > run) events.toClient(chunk.subarray(run, at));
        return this.#hold(chunk.subarray(at));
      }
      if (end < 0) return this.#failAfter(chunk, run, at);
      const operation = this.#judge(chunk, at);
      if (operation === UNKNOWN) return this.#failAfter(chunk, run, at);
      if (operation !== PASS) {
        if (at > run) events.toClient(chunk.subarray(run, at));
        run = end + 1;
        if (operation === INFO) this.#tellInfo(chunk, at);
      }
      at = end + 1;
    }
    if (at > run) events.toClient(chunk.subarray(run, at));
    return true;
  }

  /** What came before a fault is as good as if the fault came later. */
  #failAfter(chunk: Buffer, run: number, at: number): false {
    if (at > run) this.#events.toClient(chunk.subarray(run, at));
    return false;
  }

  #complete(chunk: Buffer, end: number): boolean {
    const isRight = this.#hold(end === -1 ? chunk : chunk.subarray(0, end + 1));
    if (!isRight || end === -1) return isRight;
    const bytes = this.#held.take();
    if (this.#line.read(bytes, 0, bytes.length) < 0) return false;
    const operation = this.#judge(bytes, 0);
    if (operation === PASS) this.#events.toClient(bytes);
    else if (operation === INFO) this.#tellInfo(bytes, 0);
    return operation !== UNKNOWN;
  }

  #hold(more: Buffer): boolean {
    if (this.#held.length + more.length > MAX_UPSTREAM_LINE) return false;
    this.#held.append(more);
    return true;
  }

  #tellInfo(bytes: Buffer, at: number): void {
    this.#events.info(bytes.subarray(at + 'info'.length, this.#line.end));
  }

  #judge(bytes: Buffer, at: number): Operation {
    const line = this.#line;
    if (line.count === 0 || line.from(0) !== at) return UNKNOWN;
    const to = line.to(0);
    switch (bytes[at] | 0x20) {
      case 0x6d: // m
        return isWord(bytes, at, to, 'msg') ? this.#judgeMessage(bytes, 0) : UNKNOWN;
      case 0x68: // h
        return isWord(bytes, at, to, 'hmsg') ? this.#judgeMessage(bytes, 1) : UNKNOWN;
      case 0x70: // p
        return isWord(bytes, at, to, 'ping') || isWord(bytes, at, to, 'pong') ? PASS : UNKNOWN;
      case 0x2b: // +
        return isWord(bytes, at, to, '+ok') ? PASS : UNKNOWN;
      case 0x2d: // -
        if (!isWord(bytes, at, to, '-err')) return UNKNOWN;
        this.#events.error(bytes.toString('utf8', to, line.end).trim());
        return PASS;
      case 0x69: // i
        return line.end - at > 4 && startsWith(bytes, at, line.end, 'info') ? INFO : UNKNOWN;
      default:
        return UNKNOWN;
    }
  }

  /** `MSG subject sid [reply] size`, or with a header `HMSG subject sid [reply] header-size size`. */
  #judgeMessage(bytes: Buffer, headers: 0 | 1): Operation {
    const line = this.#line;
    const last = line.count - 1;
    if (last < 3 + headers || last > 4 + headers) return UNKNOWN;
    const size = readSize(bytes, line.from(last), line.to(last));
    if (size < 0) return UNKNOWN;
    this.#left = size + 2;
    this.#isDropping = false;
    if (!this.inspects) return PASS;
    const hasReply = last === 4 + headers;
    this.#isDropping = !this.#events.mayDeliver(
      bytes,
      line.from(1),
      line.to(1),
      hasReply ? line.from(3) : -1,
      hasReply ? line.to(3) : -1,
    );
    return this.#isDropping ? DROP : PASS;
  }
}

const PASS = 0;
const DROP = 1;
const INFO = 2;
const UNKNOWN = 3;
type Operation = typeof PASS | typeof DROP | typeof INFO | typeof UNKNOWN;
