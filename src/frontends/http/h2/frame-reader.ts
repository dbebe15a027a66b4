import {
  ERROR,
  FLAG,
  FRAME,
  FRAME_HEAD,
  type Http2Error,
  MAX_PAYLOAD,
  PREFACE,
  uint31At,
  uint32At,
} from './frame.ts';

/** What a connection hears of the frames that it was sent. Identifiers of streams are odd and not 0. */
export interface FrameSink {
  /** Nothing more is read. */
  readonly isOver: boolean;
  /** The connection can't go on. */
  fail(code: Http2Error): void;
  /** A whole field block, `block[at, end)`. */
  headers(stream: number, endsStream: boolean, block: Buffer, at: number, end: number): void;
  /** DATA begins: `size` counts for flow control. Its bytes follow, then `dataEnd`. */
  dataBegin(stream: number, size: number, endsStream: boolean): void;
  dataBytes(bytes: Buffer): void;
  dataEnd(): void;
  reset(stream: number): void;
  setting(id: number, value: number): void;
  settingsEnd(): void;
  settingsAcknowledged(): void;
  ping(bytes: Buffer, at: number): void;
  pong(): void;
  goaway(): void;
  /** `stream` is 0 for the connection. `increment` may be 0, which is an error of the one or the other. */
  windowUpdate(stream: number, increment: number): void;
}

/** Fragments of one field block: as many as 64 KiB need, and some more. */
const MOST_FRAGMENTS = 16;
/** Compressed. What is allowed uncompressed is checked when it is read. */
const LONGEST_BLOCK = 131_072;

/**
 * Takes the bytes of a connection apart into frames (RFC 9113 section 4), and checks what can be checked of a frame
 * by itself. Holds at most one frame, and the fragments of one field block.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  /** The part of a frame that has come of it. */
  #rest: Buffer | null = null;
  #hasPreface = false;
  #hasSettings = false;
  /** Bytes of DATA that are still to come, and the padding behind them; -1: none is being read. */
  #data = -1;
  #padding = 0;
  /** The stream whose field block goes on by CONTINUATION; 0: none. */
  #blockStream = 0;
  #blockEndsStream = false;
  #fragments: Buffer[] = [];
  #blockBytes = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Reads what has come; views of it are kept. */
  read(chunk: Buffer): void {
    const rest = this.#rest;
    const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    this.#rest = null;
    const end = bytes.length;
    let at = 0;
    if (!this.#hasPreface) {
      const seen = Math.min(end, PREFACE.length);
      if (PREFACE.compare(bytes, 0, seen, 0, seen) !== 0) {
        this.#sink.fail(ERROR.protocol);
        return;
      }
      if (seen === PREFACE.length) {
        this.#hasPreface = true;
        at = seen;
      }
    }
    while (this.#hasPreface && at < end) {
      const next = this.#data >= 0 ? this.#readData(bytes, at, end) : this.#readFrame(bytes, at);
      if (this.#sink.isOver) return;
      if (next < 0) break;
      at = next;
    }
    if (at < end) this.#rest = at === 0 ? bytes : bytes.subarray(at);
  }

  /** Where the next frame begins; -1: more has to come first. */
  #readFrame(bytes: Buffer, at: number): number {
    if (bytes.length - at < FRAME_HEAD) return -1;
    const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    const type = bytes[at + 3];
    const flags = bytes[at + 4];
    const stream = uint31At(bytes, at + 5);
    if (length > MAX_PAYLOAD) return this.#fail(ERROR.frameSize);
    if (this.#blockStream !== 0 && (type !== FRAME.continuation || stream !== this.#blockStream)) {
      return this.#fail(ERROR.protocol);
    }
    if (!this.#hasSettings && type !== FRAME.settings) {
      return this.#fail(ERROR.protocol);
    }
    if (type === FRAME.data) return this.#beginData(bytes, at, length, flags, stream);
    const from = at + FRAME_HEAD;
    const to = from + length;
    if (to > bytes.length) return -1;
    const fault = this.#take(type, flags, stream, bytes, from, to);
    if (fault !== null) return this.#fail(fault);
    return to;
  }

  #take(
    type: number,
    flags: number,
    stream: number,
    bytes: Buffer,
    from: number,
    to: number,
  ): Http2Error | null {
    const sink = this.#sink;
    const length = to - from;
    switch (type) {
      case FRAME.headers:
        return this.#readHeaders(flags, stream, bytes, from, to);
      case FRAME.continuation:
        if (this.#blockStream === 0) return ERROR.protocol;
        return this.#addFragment(flags, bytes, from, to);
      case FRAME.priority:
        // What it says was deprecated, and is not read.
        if (stream === 0) return ERROR.protocol;
        return length === 5 ? null : ERROR.frameSize;
      case FRAME.reset:
        if ((stream & 1) === 0) return ERROR.protocol;
        if (length !== 4) return ERROR.frameSize;
        sink.reset(stream);
        return null;
      case FRAME.settings:
        return this.#readSettings(flags, stream, bytes, from, to);
      case FRAME.pushPromise:
        return ERROR.protocol;
      case FRAME.ping:
        if (stream !== 0) return ERROR.protocol;
        if (length !== 8) return ERROR.frameSize;
        if ((flags & FLAG.ack) === 0) sink.ping(bytes, from);
        else sink.pong();
        return null;
      case FRAME.goaway:
        if (stream !== 0) return ERROR.protocol;
        if (length < 8) return ERROR.frameSize;
        sink.goaway();
        return null;
      case FRAME.windowUpdate:
        if (length !== 4) return ERROR.frameSize;
        if (stream !== 0 && (stream & 1) === 0) return ERROR.protocol;
        sink.windowUpdate(stream, uint31At(bytes, from));
        return null;
      default:
        return null;
    }
  }

  #readHeaders(
    flags: number,
    stream: number,
    bytes: Buffer,
    from: number,
    to: number,
  ): Http2Error | null {
    // Even ones are ours to open, and none is.
    if ((stream & 1) === 0) return ERROR.protocol;
    let at = from;
    let end = to;
    if ((flags & FLAG.padded) !== 0) {
      if (at === end) return ERROR.frameSize;
      end -= bytes[at++];
    }
    if ((flags & FLAG.priority) !== 0) at += 5;
    if (at > end) return ERROR.protocol;
    const endsStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) {
      this.#sink.headers(stream, endsStream, bytes, at, end);
      return null;
    }
    this.#blockStream = stream;
    this.#blockEndsStream = endsStream;
    return this.#addFragment(flags, bytes, at, end);
  }

  #addFragment(flags: number, bytes: Buffer, from: number, to: number): Http2Error | null {
    this.#fragments.push(bytes.subarray(from, to));
    this.#blockBytes += to - from;
    const isFlood = this.#fragments.length > MOST_FRAGMENTS || this.#blockBytes > LONGEST_BLOCK;
    if (isFlood) return ERROR.enhanceYourCalm;
    if ((flags & FLAG.endHeaders) === 0) return null;
    const block = Buffer.concat(this.#fragments);
    const stream = this.#blockStream;
    this.#fragments = [];
    this.#blockBytes = 0;
    this.#blockStream = 0;
    this.#sink.headers(stream, this.#blockEndsStream, block, 0, block.length);
    return null;
  }

  #readSettings(
    flags: number,
    stream: number,
    bytes: Buffer,
    from: number,
    to: number,
  ): Http2Error | null {
    if (stream !== 0) return ERROR.protocol;
    const isAcknowledgement = (flags & FLAG.ack) !== 0;
    if (isAcknowledgement ? to !== from : (to - from) % 6 !== 0) return ERROR.frameSize;
    if (isAcknowledgement) {
      if (!this.#hasSettings) return ERROR.protocol;
      this.#sink.settingsAcknowledged();
      return null;
    }
    this.#hasSettings = true;
    for (let at = from; at < to && !this.#sink.isOver; at += 6) {
      this.#sink.setting((bytes[at] << 8) | bytes[at + 1], uint32At(bytes, at + 2));
    }
    if (!this.#sink.isOver) this.#sink.settingsEnd();
    return null;
  }

  #beginData(bytes: Buffer, at: number, length: number, flags: number, stream: number): number {
    if ((stream & 1) === 0) return this.#fail(ERROR.protocol);
    let from = at + FRAME_HEAD;
    let size = length;
    this.#padding = 0;
    if ((flags & FLAG.padded) !== 0) {
      if (length === 0) return this.#fail(ERROR.frameSize);
      if (from === bytes.length) return -1;
      this.#padding = bytes[from++];
      size -= 1 + this.#padding;
      if (size < 0) return this.#fail(ERROR.protocol);
    }
    this.#data = size;
    this.#sink.dataBegin(stream, length, (flags & FLAG.endStream) !== 0);
    return this.#sink.isOver ? from : this.#readData(bytes, from, bytes.length);
  }

  #readData(bytes: Buffer, from: number, end: number): number {
    let at = from;
    if (this.#data > 0 && at < end) {
      const to = Math.min(end, at + this.#data);
      this.#data -= to - at;
      this.#sink.dataBytes(bytes.subarray(at, to));
      at = to;
    }
    if (this.#data > 0) return at;
    const skipped = Math.min(end - at, this.#padding);
    this.#padding -= skipped;
    if (this.#padding === 0) {
      this.#data = -1;
      this.#sink.dataEnd();
    }
    return at + skipped;
  }

  #fail(code: Http2Error): number {
    this.#sink.fail(code);
    return -1;
  }
}
