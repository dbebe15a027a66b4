import { CLASSES, CR, LF, TOKEN, VALUE } from './characters.ts';
import { readTrailers } from './trailers.ts';
import { refuse, type WireRefusal } from './refusal.ts';

/** Most hexadecimal digits of a chunk size, leading zeros included; 15 could pass 2^53. */
const MAX_SIZE_DIGITS = 13;
/** Most bytes of chunk extensions in one body. */
const MAX_EXTENSION_BYTES = 16_384;
/** Most bytes of a trailer section, its blank line included. */
const MAX_TRAILER_BYTES = 8192;
const MAX_TRAILER_FIELDS = 100;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

type State =
  | 'size'
  | 'extension-name'
  | 'extension-value'
  | 'extension-token'
  | 'extension-quoted'
  | 'extension-escaped'
  | 'extension-end'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailers'
  | 'done'
  | 'refused';

/**
 * Decodes one chunked body (RFC 9112 section 7.1) from segments cut anywhere. Strict: lines end in
 * CRLF, sizes are hexadecimal digits only, extensions follow the grammar without whitespace.
 *
 * ```
 * for (let at = 0; at < segment.length && !decoder.isOver; ) {
 *   at = decoder.read(segment, at);
 *   if (decoder.piece !== null) use(decoder.piece);
 * }
 * ```
 */
export class ChunkedDecoder {
  /** Decoded bytes found by the last `read`, a view of its segment; null: none. */
  piece: Buffer | null = null;
  /** Why the body is not valid; null while it is. */
  refusal: WireRefusal | null = null;
  /** Scrubbed trailer fields as wire text, once `isDone`. */
  trailers = '';
  #state: State = 'size';
  #digits = 0;
  /** Of the chunk's data, what has not come yet. */
  #left = 0;
  #extensionBytes = 0;
  /** The trailer section so far, latin1. */
  #section = '';

  /** The body has ended, well. */
  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** The body has ended, or is refused: nothing more is read. */
  get isOver(): boolean {
    return this.#state === 'done' || this.#state === 'refused';
  }

  /** Reads from `bytes[at]` up to and including the next piece of data; answers where it stopped. */
  read(bytes: Buffer, at: number): number {
    this.piece = null;
    let position = at;
    while (position < bytes.length && !this.isOver) {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, position + this.#left);
        this.piece = position === 0 && end === bytes.length ? bytes : bytes.subarray(position, end);
        this.#left -= end - position;
        if (this.#left === 0) this.#state = 'data-cr';
        return end;
      }
      if (this.#state === 'trailers') position = this.#readTrailers(bytes, position);
      else this.#readFraming(bytes[position++]);
    }
    return position;
  }

  #readFraming(code: number): void {
    switch (this.#state) {
      case 'size':
        this.#readSize(code);
        return;
      case 'size-lf':
        if (code !== LF) this.#refuse();
        else this.#state = this.#left === 0 ? 'trailers' : 'data';
        this.#digits = 0;
        return;
      case 'data-cr':
        if (code === CR) this.#state = 'data-lf';
        else this.#refuse();
        return;
      case 'data-lf':
        if (code === LF) this.#state = 'size';
        else this.#refuse();
        return;
      default:
        this.#readExtension(code);
    }
  }

  #readSize(code: number): void {
    const digit = hexDigit(code);
    if (digit >= 0) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
      if (this.#digits > MAX_SIZE_DIGITS) this.#refuse();
    } else if (this.#digits === 0) this.#refuse();
    else if (code === CR) this.#state = 'size-lf';
    else if (code === SEMICOLON) this.#state = 'extension-name';
    else this.#refuse();
  }

  /** `;name`, `;name=token`, `;name="quoted"`, each any number of times. */
  #readExtension(code: number): void {
    this.#extensionBytes += 1;
    if (this.#extensionBytes > MAX_EXTENSION_BYTES) return this.#refuse();
    const isToken = (CLASSES[code] & TOKEN) !== 0;
    switch (this.#state) {
      case 'extension-name':
        // The first character of a name and those that follow it differ only in what may come next.
        if (isToken) this.#digits = -1;
        else if (this.#digits !== -1) return this.#refuse();
        else if (code === EQUALS) this.#state = 'extension-value';
        else this.#endExtension(code);
        return;
      case 'extension-value':
        if (isToken) this.#state = 'extension-token';
        else if (code === QUOTE) this.#state = 'extension-quoted';
        else this.#refuse();
        return;
      case 'extension-token':
        if (!isToken) this.#endExtension(code);
        return;
      case 'extension-quoted':
        if (code === QUOTE) this.#state = 'extension-end';
        else if (code === BACKSLASH) this.#state = 'extension-escaped';
        else if ((CLASSES[code] & VALUE) === 0) this.#refuse();
        return;
      case 'extension-escaped':
        if ((CLASSES[code] & VALUE) === 0) this.#refuse();
        else this.#state = 'extension-quoted';
        return;
      default:
        this.#endExtension(code);
    }
  }

  #endExtension(code: number): void {
    this.#digits = 0;
    if (code === SEMICOLON) this.#state = 'extension-name';
    else if (code === CR) this.#state = 'size-lf';
    else this.#refuse();
  }

  #readTrailers(bytes: Buffer, at: number): number {
    const known = this.#section.length;
    const room = MAX_TRAILER_BYTES - known;
    const text = this.#section + bytes.toString('latin1', at, Math.min(bytes.length, at + room));
    const end = text.startsWith('\r\n') ? 2 : endOfSection(text, known);
    if (end < 0) {
      this.#section = text;
      // Told at once: the blank line might never come.
      if (hasBareLf(text, known)) this.#refuse('bad-trailer');
      else if (text.length >= MAX_TRAILER_BYTES) this.#refuse('trailer-too-long');
      return at + text.length - known;
    }
    const trailers = readTrailers(text.slice(0, end), MAX_TRAILER_FIELDS);
    if (trailers === null) this.#refuse('bad-trailer');
    else {
      this.trailers = trailers;
      this.#state = 'done';
    }
    this.#section = '';
    return at + end - known;
  }

  #refuse(fault: 'bad-chunk' | 'bad-trailer' | 'trailer-too-long' = 'bad-chunk'): void {
    this.#state = 'refused';
    this.refusal = refuse(fault);
  }
}

/** What stands before a chunk's data. */
export function chunkHead(length: number): string {
  return `${length.toString(16)}\r\n`;
}

/** What stands behind the last chunk's data; `trailers` as wire text. */
export function lastChunk(trailers: string): string {
  return trailers === '' ? '0\r\n\r\n' : `0\r\n${trailers}\r\n`;
}

function endOfSection(text: string, known: number): number {
  const found = text.indexOf('\r\n\r\n', Math.max(0, known - 3));
  return found < 0 ? -1 : found + 4;
}

function hasBareLf(text: string, from: number): boolean {
  let at = text.indexOf('\n', from);
  while (at >= 0 && text.charCodeAt(at - 1) === CR) at = text.indexOf('\n', at + 1);
  return at >= 0;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
