/** One encapsulated block of a PEM text. */
export interface PemBlock {
  /** What stands after BEGIN, such as `CERTIFICATE`. */
  readonly label: string;
  /** The decoded contents. */
  readonly bytes: Buffer;
  /** Number of the BEGIN line, counted from 1. */
  readonly line: number;
  /** RFC 1421 headers, which old OpenSSL wrote into encrypted keys; empty in every other file. */
  readonly headers: readonly string[];
}

export interface PemLimits {
  /** Longest text that is looked at, in characters. Default 64 Mi. */
  readonly maxLength?: number;
  /** Most blocks taken from one text. Default 10,000. */
  readonly maxBlocks?: number;
}

export type PemErrorCode =
  | 'too-long'
  | 'too-many-blocks'
  | 'bad-boundary'
  | 'unclosed'
  | 'mismatched-end'
  | 'bad-base64'
  | 'empty'
  | 'missing';

/** A text that is not PEM. `line` counts from 1; the message never quotes the contents of a block. */
export class PemError extends Error {
  override readonly name = 'PemError';
  readonly code: PemErrorCode;
  readonly line: number;

  constructor(code: PemErrorCode, line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.code = code;
    this.line = line;
  }
}

/**
 * Reads every block of a PEM text (RFC 7468), in order. Text before, between and after the blocks is
 * passed over, as are a byte order mark, CRLF and white space at the ends of lines. A text without a
 * block gives an empty list. Throws PemError for anything between boundaries that isn't base64, and
 * for boundaries that don't pair up.
 */
export function decodePem(text: string, limits: PemLimits = {}): PemBlock[] {
  const maxLength = limits.maxLength ?? 64 * 1024 * 1024;
  const maxBlocks = limits.maxBlocks ?? 10_000;
  if (text.length > maxLength) {
    throw new PemError('too-long', 1, `the text is longer than ${maxLength} characters`);
  }
  const blocks: PemBlock[] = [];
  const lines = new LineReader(text);
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (!line.startsWith('-----')) continue;
    const boundary = readBoundary(line, lines.number);
    if (boundary === null) continue;
    if (boundary.kind === 'END') {
      throw new PemError(
        'mismatched-end',
        lines.number,
        `END ${named(boundary.label)} without a BEGIN before it`,
      );
    }
    if (blocks.length === maxBlocks) {
      throw new PemError('too-many-blocks', lines.number, `more than ${maxBlocks} blocks`);
    }
    blocks.push(readBlock(boundary.label, lines));
  }
  return blocks;
}

/**
 * The bytes of a text that is one block of this label just as `encodePem` writes it, as nearly every file
 * is; null for every other, whatever `decodePem` makes of it.
 */
export function decodePlainPem(text: string, label: PlainLabel): Buffer | null {
  const { begin, end } = BOUNDARIES[label];
  if (!text.startsWith(begin) || !text.endsWith(end)) return null;
  return decodePlainBody(text.slice(begin.length, -end.length));
}

type PlainLabel = 'CERTIFICATE' | 'PRIVATE KEY';

/** Made once, as thousands of files are compared with them. */
const BOUNDARIES: Readonly<Record<PlainLabel, { readonly begin: string; readonly end: string }>> = {
  CERTIFICATE: boundariesOf('CERTIFICATE'),
  'PRIVATE KEY': boundariesOf('PRIVATE KEY'),
};

function boundariesOf(label: PlainLabel): { readonly begin: string; readonly end: string } {
  return { begin: `-----BEGIN ${label}-----\n`, end: `-----END ${label}-----\n` };
}

/** Decodes lines of 64 characters, the last perhaps shorter, exactly as base64 is written. */
function decodePlainBody(body: string): Buffer | null {
  const lines = Math.ceil(body.length / (LINE_LENGTH + 1));
  const length = body.length - lines;
  if (length === 0 || Math.ceil(length / LINE_LENGTH) !== lines || length % 4 !== 0) return null;
  for (let at = LINE_LENGTH; at < body.length; at += LINE_LENGTH + 1) {
    if (body.charCodeAt(at) !== LINE_FEED) return null;
  }
  if (body.charCodeAt(body.length - 1) !== LINE_FEED) return null;
  // Base64 of another alphabet is read as well, and of a wide character one half.
  if (body.includes('-') || body.includes('_') || WIDE.test(body)) return null;
  const padding = body.endsWith('==\n') ? 2 : body.endsWith('=\n') ? 1 : 0;
  const bytes = Buffer.from(body, 'base64');
  // What else is no base64 is passed over, and the bytes are fewer for it.
  if (bytes.length !== (length / 4) * 3 - padding) return null;
  if (padding === 0) return bytes;
  // The bits that are left over in the last characters have to be zero.
  const last = bytes.toString('base64', bytes.length - (bytes.length % 3));
  return body.endsWith(`${last}\n`) ? bytes : null;
}

const LINE_LENGTH = 64;
const LINE_FEED = 0x0a;
const WIDE = /[\u0100-\uffff]/;

/**
 * The blocks of `text` that carry one of `labels`; other blocks (keys, parameters) are passed over.
 * Throws PemError `missing` where none does: an empty trust bundle is never what was meant.
 */
export function decodePemLabelled(
  text: string,
  labels: readonly string[],
  limits: PemLimits = {},
): PemBlock[] {
  const all = decodePem(text, limits);
  const found = all.filter((block) => labels.includes(block.label));
  if (found.length > 0) return found;
  const others = [...new Set(all.map((block) => named(block.label)))];
  const present = others.length > 5 ? `${others.slice(0, 5).join(', ')}, ...` : others.join(', ');
  throw new PemError(
    'missing',
    1,
    `no block ${labels.join(' or ')}; ${present === '' ? 'the text has no PEM block' : `it has ${present}`}`,
  );
}

/** The certificates of a PEM text as DER, in order. Throws as decodePemLabelled. */
export function decodeCertificates(text: string, limits: PemLimits = {}): Buffer[] {
  const labels = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
  return decodePemLabelled(text, labels, limits).map((block) => block.bytes);
}

/** Writes one block with lines of 64 characters, ending in a line break. */
export function encodePem(label: string, bytes: Uint8Array): string {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  let body = '';
  for (let at = 0; at < base64.length; at += LINE_LENGTH) {
    body += `${base64.slice(at, at + LINE_LENGTH)}\n`;
  }
  return `-----BEGIN ${label}-----\n${body}-----END ${label}-----\n`;
}

function readBlock(label: string, lines: LineReader): PemBlock {
  const start = lines.number;
  const bytes = lines.plainBlock(label);
  if (bytes !== null) return { label, bytes, line: start, headers: NO_HEADERS };
  const body: string[] = [];
  const headers: string[] = [];
  for (let line = lines.next(); line !== null; line = lines.next()) {
    if (line.startsWith('-----')) {
      const boundary = readBoundary(line, lines.number);
      if (boundary?.kind === 'END' && boundary.label === label) {
        return { label, bytes: decodeBody(body, start, headers.length), line: start, headers };
      }
      const found =
        boundary === null ? 'a line of dashes' : `${boundary.kind} ${named(boundary.label)}`;
      throw new PemError(
        boundary?.kind === 'END' ? 'mismatched-end' : 'unclosed',
        lines.number,
        `expected END ${named(label)} for the block begun in line ${start}, found ${found}`,
      );
    }
    if (line.includes(':') && body.length === headers.length) headers.push(line);
    body.push(line);
  }
  throw new PemError('unclosed', start, `BEGIN ${named(label)} has no END`);
}

function decodeBody(lines: readonly string[], start: number, headerCount: number): Buffer {
  const body = lines.slice(headerCount).join('').replace(/[ \t]/g, '');
  if (body === '') throw new PemError('empty', start, 'the block is empty');
  const bytes = Buffer.from(body, 'base64');
  if (bytes.toString('base64') === body) return bytes;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(body) || body.length % 4 !== 0) {
    throw badBase64(lines, start, headerCount);
  }
  // The unused bits before the padding must be zero, or two texts would stand for one block.
  throw new PemError('bad-base64', start + lines.length, 'the base64 text ends in stray bits');
}

function badBase64(lines: readonly string[], start: number, headerCount: number): PemError {
  for (let at = headerCount; at < lines.length; at++) {
    const stray = /[^A-Za-z0-9+/= \t]|=(?!=?\s*$)/.exec(lines[at] ?? '');
    if (stray === null) continue;
    const code = stray[0].codePointAt(0) ?? 0;
    const shown =
      code > 0x20 && code < 0x7f ? `"${stray[0]}"` : `U+${code.toString(16).padStart(4, '0')}`;
    const where = `column ${stray.index + 1}`;
    return new PemError('bad-base64', start + at + 1, `${shown} in ${where} is not base64`);
  }
  return new PemError(
    'bad-base64',
    start + lines.length,
    'the base64 text is cut short or padded in the middle',
  );
}

interface Boundary {
  readonly kind: 'BEGIN' | 'END';
  readonly label: string;
}

/** A label as messages quote it: in a damaged file a part of a key may stand in its place. */
function named(label: string): string {
  return /^[A-Z0-9 ]{1,40}$/.test(label) ? label : '(unusual label)';
}

// Null for a line of dashes that isn't meant as a boundary at all.
function readBoundary(line: string, number: number): Boundary | null {
  const match =
    /^-----(BEGIN|END) ([\x21-\x2c\x2e-\x7e](?:[ -]?[\x21-\x2c\x2e-\x7e]){0,63})-----$/.exec(line);
  if (match !== null) {
    return { kind: match[1] === 'END' ? 'END' : 'BEGIN', label: match[2] ?? '' };
  }
  if (!/^-----\s*(?:BEGIN|END)\b/i.test(line)) return null;
  const glued = /^-----END .*-----BEGIN /.test(line);
  throw new PemError(
    'bad-boundary',
    number,
    glued
      ? 'END and BEGIN share a line; put a line break between the two blocks'
      : 'a boundary must read -----BEGIN LABEL----- or -----END LABEL-----',
  );
}

const NO_HEADERS: readonly string[] = [];

// Hands out lines without their line break and trailing white space, however they end.
class LineReader {
  number = 0;
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\ufeff') ? 1 : 0;
  }

  /**
   * What a block as every program writes it holds: lines of canonical base64 alone, up to its END. Null,
   * and nothing is read, where it is any different.
   */
  plainBlock(label: string): Buffer | null {
    const end = `\n-----END ${label}-----`;
    // The line feed before the first line belongs to the search: a block may be empty.
    const at = this.#text.indexOf(end, this.#at - 1);
    if (at < this.#at) return null;
    const after = at + end.length;
    if (after < this.#text.length && this.#text[after] !== '\n') return null;
    const body = this.#text.slice(this.#at, at);
    const base64 = body.replaceAll('\n', '');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === 0 || bytes.toString('base64') !== base64) return null;
    this.number += 2 + body.length - base64.length;
    this.#at = after + 1;
    return bytes;
  }

  next(): string | null {
    if (this.#at >= this.#text.length) return null;
    let end = this.#text.indexOf('\n', this.#at);
    if (end === -1) end = this.#text.length;
    const line = this.#text.slice(this.#at, end).trim();
    this.#at = end + 1;
    this.number++;
    return line;
  }
}
