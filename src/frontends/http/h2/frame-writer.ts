import type { Socket } from 'node:net';
import { takesAtOnce } from '../../../tls/node-tls.ts';
import {
  FLAG,
  FRAME,
  FRAME_HEAD,
  type Http2Error,
  MAX_PAYLOAD,
  putFrameHead,
  putUint32,
} from './frame.ts';
import { blockRoom, putContentLength, putFields, putStatus } from './hpack-encoder.ts';

/** Bytes that are gathered for one write: a few TLS records. */
const SLAB = 65_536;
/** The longest DATA: with its head it fills a TLS record, and four of them a slab. */
const DATA_PAYLOAD = MAX_PAYLOAD - FRAME_HEAD;
/** Free slabs that are kept. */
const MOST_FREE = 16;
/** Connections that gather at a time; with one more all are written. */
const MOST_GATHERING = 32;
/** Bytes that wait in the socket: from here on no more is read either. */
const MOST_WAITING = 262_144;

const free: Buffer[] = [];
let gathering: FrameWriter[] = [];
let isScheduled = false;

/**
 * Writes the frames of one connection. What comes within one turn of the event loop goes out in one write, behind
 * whatever has come for other connections.
 */
export class FrameWriter {
  /** The socket has all that it takes; `onDrain` says when it takes more. */
  isBlocked = false;
  readonly #socket: Socket;
  #slab: Buffer | null = null;
  #length = 0;
  #isGathering = false;
  /** The client allows no table, and has yet to be told that we use none. */
  #owesTableSize = false;

  constructor(socket: Socket, onDrain: () => void) {
    this.#socket = socket;
    socket.on('drain', () => {
      this.isBlocked = false;
      onDrain();
    });
  }

  /** So much waits that nothing more should be read that asks for an answer. */
  get isFlooded(): boolean {
    return this.#socket.writableLength > MOST_WAITING;
  }

  /** The client allows a smaller table than the usual. */
  shrinkTable(): void {
    this.#owesTableSize = true;
  }

  /**
   * A response's field section; `length` is its Content-Length, -1: none. `status` 0: these are trailers.
   */
  headers(
    stream: number,
    status: number,
    fields: string,
    length: number,
    endsStream: boolean,
  ): void {
    const room = FRAME_HEAD + blockRoom(fields);
    const flags = endsStream ? FLAG.endStream : 0;
    if (room > MAX_PAYLOAD) {
      this.#longHeaders(stream, status, fields, length, flags);
      return;
    }
    const out = this.#room(room);
    const at = this.#length;
    const end = this.#block(out, at + FRAME_HEAD, status, fields, length);
    putFrameHead(out, at, end - at - FRAME_HEAD, FRAME.headers, flags | FLAG.endHeaders, stream);
    this.#length = end;
  }

  /** `bytes[0, length)`, copied. */
  data(stream: number, bytes: Buffer, length: number, endsStream: boolean): void {
    let at = 0;
    do {
      const size = Math.min(length - at, DATA_PAYLOAD);
      const isLast = at + size === length;
      const out = this.#room(FRAME_HEAD + size);
      const flags = endsStream && isLast ? FLAG.endStream : 0;
      const start = putFrameHead(out, this.#length, size, FRAME.data, flags, stream);
      bytes.copy(out, start, at, at + size);
      this.#length = start + size;
      at += size;
    } while (at < length);
  }

  reset(stream: number, code: Http2Error): void {
    const out = this.#room(FRAME_HEAD + 4);
    const at = putFrameHead(out, this.#length, 4, FRAME.reset, 0, stream);
    this.#length = putUint32(out, at, code);
  }

  settings(pairs: readonly (readonly [id: number, value: number])[]): void {
    const size = pairs.length * 6;
    const out = this.#room(FRAME_HEAD + size);
    let at = putFrameHead(out, this.#length, size, FRAME.settings, 0, 0);
    for (const [id, value] of pairs) {
      out[at] = id >>> 8;
      out[at + 1] = id;
      at = putUint32(out, at + 2, value);
    }
    this.#length = at;
  }

  acknowledgeSettings(): void {
    const out = this.#room(FRAME_HEAD);
    this.#length = putFrameHead(out, this.#length, 0, FRAME.settings, FLAG.ack, 0);
  }

  /** Answers a ping, whose 8 bytes stand at `bytes[at]`. */
  pong(bytes: Buffer, at: number): void {
    const out = this.#room(FRAME_HEAD + 8);
    const start = putFrameHead(out, this.#length, 8, FRAME.ping, FLAG.ack, 0);
    bytes.copy(out, start, at, at + 8);
    this.#length = start + 8;
  }

  goaway(lastStream: number, code: Http2Error): void {
    const out = this.#room(FRAME_HEAD + 8);
    const at = putFrameHead(out, this.#length, 8, FRAME.goaway, 0, 0);
    this.#length = putUint32(out, putUint32(out, at, lastStream), code);
  }

  windowUpdate(stream: number, increment: number): void {
    const out = this.#room(FRAME_HEAD + 4);
    const at = putFrameHead(out, this.#length, 4, FRAME.windowUpdate, 0, stream);
    this.#length = putUint32(out, at, increment);
  }

  /** Its turn has come. */
  flushGathered(): void {
    this.#isGathering = false;
    this.flush();
  }

  /** Writes what there is at once. */
  flush(): void {
    const slab = this.#slab;
    if (slab === null) return;
    this.#slab = null;
    const socket = this.#socket;
    const bytes = slab.subarray(0, this.#length);
    this.#length = 0;
    if (!socket.writable) {
      recycle(slab);
    } else if (takesAtOnce(socket)) {
      socket.write(bytes);
      recycle(slab);
    } else {
      socket.write(bytes, () => recycle(slab));
    }
    if (socket.writableLength >= socket.writableHighWaterMark) this.isBlocked = true;
  }

  /** Where as many bytes may be written, at `#length`. */
  #room(size: number): Buffer {
    if (this.#slab !== null) {
      if (this.#length + size <= SLAB) return this.#slab;
      this.flush();
    }
    if (!this.#isGathering) {
      if (gathering.length >= MOST_GATHERING) flushAll();
      this.#isGathering = true;
      gathering.push(this);
      if (!isScheduled) {
        isScheduled = true;
        setImmediate(flushScheduled);
      }
    }
    const slab = free.pop() ?? Buffer.allocUnsafeSlow(SLAB);
    this.#slab = slab;
    this.#length = 0;
    return slab;
  }

  #block(out: Buffer, from: number, status: number, fields: string, length: number): number {
    let at = from;
    if (this.#owesTableSize) {
      this.#owesTableSize = false;
      out[at++] = TABLE_OF_NOTHING;
    }
    if (status > 0) at = putStatus(out, at, status);
    at = putFields(out, at, fields);
    return length < 0 ? at : putContentLength(out, at, length);
  }

  #longHeaders(
    stream: number,
    status: number,
    fields: string,
    length: number,
    flags: number,
  ): void {
    const block = Buffer.allocUnsafe(blockRoom(fields));
    const end = this.#block(block, 0, status, fields, length);
    let type: number = FRAME.headers;
    for (let at = 0; at < end; at += MAX_PAYLOAD) {
      const size = Math.min(end - at, MAX_PAYLOAD);
      const isLast = at + size === end;
      const out = this.#room(FRAME_HEAD + size);
      const both = (type === FRAME.headers ? flags : 0) | (isLast ? FLAG.endHeaders : 0);
      const start = putFrameHead(out, this.#length, size, type, both, stream);
      block.copy(out, start, at, at + size);
      this.#length = start + size;
      type = FRAME.continuation;
    }
  }
}

/** A dynamic table size update to 0 (RFC 7541 section 6.3). */
const TABLE_OF_NOTHING = 0x20;

function recycle(slab: Buffer): void {
  if (free.length < MOST_FREE) free.push(slab);
}

function flushScheduled(): void {
  isScheduled = false;
  flushAll();
}

function flushAll(): void {
  const writers = gathering;
  gathering = [];
  for (const writer of writers) writer.flushGathered();
}
