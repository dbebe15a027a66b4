import { type ClientHello, type MalformedHello, readClientHello } from './client-hello.ts';
import { classifyFirstBytes, type OtherProtocol } from './first-bytes.ts';

export type HelloResult =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  | { readonly kind: 'not-tls'; readonly protocol: OtherProtocol }
  | MalformedHello;

/** Most bytes that a client may send before its ClientHello is complete, record headers included. */
export const MAX_HELLO_BYTES = 64 * 1024;

/**
 * Reads the ClientHello at the start of a connection, whatever segments and TLS records it comes in
 * (RFC 8446, section 5.1). Each byte is looked at a fixed number of times; the usual hello, whole in
 * one segment and one record, is read in place. More than 64 KiB before it is complete is malformed.
 *
 * After `hello` the reader has done its work; `bytes` is everything that was pushed, in order.
 */
export class ClientHelloReader {
  #buffer: Buffer = NO_BYTES;
  #length = 0;
  /** Whether `#buffer` is ours to append to, or still the caller's only chunk. */
  #owned = false;
  /** Nothing new can be said before this many bytes are there. */
  #need = 1;
  /** Start of the first record that is not whole yet. */
  #record = 0;
  #records = 0;
  /** Bytes of the message in the whole records so far, and its first four as a number. */
  #fragments = 0;
  #header = 0;

  /** Takes the next bytes of the connection. */
  push(chunk: Buffer): HelloResult {
    this.#append(chunk);
    if (this.#length < this.#need) return this.#wait(this.#need);
    if (this.#record === 0 && this.#buffer[0] !== HANDSHAKE) return this.#classify();
    for (;;) {
      const result = this.#readRecord();
      if (result !== null) return result;
    }
  }

  /** Everything that was pushed, in order. */
  get bytes(): Buffer {
    const buffer = this.#buffer;
    return buffer.length === this.#length ? buffer : buffer.subarray(0, this.#length);
  }

  #append(chunk: Buffer): void {
    if (this.#length === 0) {
      this.#buffer = chunk;
      this.#length = chunk.length;
      return;
    }
    const length = this.#length + chunk.length;
    if (!this.#owned || length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(1024, 2 * length));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
      this.#owned = true;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  #wait(need: number): HelloResult {
    if (this.#length >= MAX_HELLO_BYTES || need > MAX_HELLO_BYTES) return TOO_LONG;
    this.#need = need;
    return INCOMPLETE;
  }

  #classify(): HelloResult {
    const first = this.#buffer[0];
    if (first >= CHANGE_CIPHER_SPEC && first <= APPLICATION_DATA) {
      if (this.#length < 2) return this.#wait(2);
      if (this.#buffer[1] === 3) {
        return malformed(UNEXPECTED_MESSAGE, 'the first record is not a handshake record');
      }
    }
    const protocol = classifyFirstBytes(this.bytes);
    return protocol === null ? this.#wait(this.#length + 1) : { kind: 'not-tls', protocol };
  }

  /** Reads the record at `#record`; null: it was whole, and the message goes on in the next. */
  #readRecord(): HelloResult | null {
    const at = this.#record;
    const buffer = this.#buffer;
    const there = this.#length - at;
    if (there > 0 && buffer[at] !== HANDSHAKE) {
      return malformed(UNEXPECTED_MESSAGE, 'another record comes between');
    }
    if (there > 1 && buffer[at + 1] !== 3) {
      return at === 0 ? UNKNOWN : malformed(PROTOCOL_VERSION, 'a record has a wrong version');
    }
    if (there < 5) return this.#wait(at + (there < 2 ? there + 1 : 5));
    const length = (buffer[at + 3] << 8) | buffer[at + 4];
    if (length === 0) return malformed(UNEXPECTED_MESSAGE, 'a handshake record is empty');
    if (length > MAX_RECORD) return malformed(RECORD_OVERFLOW, 'a record is too long');
    if (there < 5 + length) return this.#wait(at + 5 + length);
    return this.#takeFragment(at + 5, at + 5 + length);
  }

  #takeFragment(from: number, end: number): HelloResult | null {
    for (let at = from; at < end && this.#fragments + at - from < 4; at += 1) {
      this.#header = ((this.#header << 8) | this.#buffer[at]) >>> 0;
    }
    this.#fragments += end - from;
    this.#record = end;
    this.#records += 1;
    if (this.#fragments < 4) return null;
    if (this.#header >>> 24 !== CLIENT_HELLO) {
      return malformed(UNEXPECTED_MESSAGE, 'the first message is not a ClientHello');
    }
    const length = 4 + (this.#header & 0xffffff);
    if (length > MAX_HELLO_BYTES) return TOO_LONG;
    if (this.#fragments < length) return null;
    if (this.#fragments > length) {
      return malformed(UNEXPECTED_MESSAGE, 'something follows the ClientHello in its record');
    }
    const body =
      this.#records === 1 ? this.#buffer.subarray(from + 4, end) : this.#join().subarray(4);
    const hello = readClientHello(body);
    return 'kind' in hello ? hello : { kind: 'hello', hello };
  }

  /** The fragments of all whole records, one after the other. */
  #join(): Buffer {
    const joined = Buffer.allocUnsafe(this.#fragments);
    let to = 0;
    for (let at = 0; at < this.#record; ) {
      const length = this.#buffer.readUInt16BE(at + 3);
      this.#buffer.copy(joined, to, at + 5, at + 5 + length);
      to += length;
      at += 5 + length;
    }
    return joined;
  }
}

const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
const MAX_RECORD = 16 * 1024;

const UNEXPECTED_MESSAGE = 10;
const RECORD_OVERFLOW = 22;
const DECODE_ERROR = 50;
const PROTOCOL_VERSION = 70;

const NO_BYTES = Buffer.alloc(0);
const INCOMPLETE: HelloResult = { kind: 'incomplete' };
const UNKNOWN: HelloResult = { kind: 'not-tls', protocol: 'unknown' };
const TOO_LONG = malformed(DECODE_ERROR, 'it is longer than 64 KiB');

function malformed(alert: number, detail: string): MalformedHello {
  return { kind: 'malformed', alert, detail };
}
