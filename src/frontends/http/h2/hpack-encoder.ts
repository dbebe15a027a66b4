// Field blocks as they are sent: the static table and literals, without Huffman coding and without a table of our own,
// so that a block depends on nothing that was sent before.
import { STATIC_TABLE } from './static-table.ts';

/** Most bytes that a status, a length and the fields of wire text come to. */
export function blockRoom(fields: string): number {
  return 64 + fields.length * 2;
}

/** Writes `:status`; answers where it ends, as all of these do. */
export function putStatus(out: Buffer, at: number, status: number): number {
  const index = STATUS_INDEX.get(status);
  if (index !== undefined) {
    out[at] = 0x80 | index;
    return at + 1;
  }
  out[at] = STATUS_NAME;
  return putText(out, at + 1, String(status));
}

export function putContentLength(out: Buffer, at: number, length: number): number {
  out[at] = 0x0f;
  out[at + 1] = CONTENT_LENGTH - 15;
  return putText(out, at + 2, String(length));
}

/** Writes the fields of wire text (`Name: value CRLF` each), names in lower case. */
export function putFields(out: Buffer, at: number, fields: string): number {
  let position = at;
  for (let from = 0; from < fields.length; ) {
    const colon = fields.indexOf(':', from);
    const end = fields.indexOf('\r\n', colon);
    if (colon < 0 || end < 0) return position;
    const name = prefixOf(fields.slice(from, colon));
    out.set(name, position);
    let start = colon + 1;
    let stop = end;
    while (start < stop && isSpace(fields.charCodeAt(start))) start++;
    while (stop > start && isSpace(fields.charCodeAt(stop - 1))) stop--;
    position = putSlice(out, position + name.length, fields, start, stop);
    from = end + 2;
  }
  return position;
}

function putText(out: Buffer, at: number, text: string): number {
  return putSlice(out, at, text, 0, text.length);
}

function putSlice(out: Buffer, at: number, text: string, from: number, to: number): number {
  let position = putLength(out, at, to - from);
  if (to - from > LONG) return position + out.write(text.slice(from, to), position, 'latin1');
  for (let i = from; i < to; i++) out[position++] = text.charCodeAt(i);
  return position;
}

/** From here on a call into node costs less than a loop. */
const LONG = 64;

/** The length of a string that is not Huffman-coded (RFC 7541 section 5.1). */
function putLength(out: Uint8Array, at: number, length: number): number {
  if (length < 0x7f) {
    out[at] = length;
    return at + 1;
  }
  let position = at;
  out[position++] = 0x7f;
  let rest = length - 0x7f;
  for (; rest >= 0x80; rest >>>= 7) out[position++] = (rest & 0x7f) | 0x80;
  out[position++] = rest;
  return position;
}

/** A literal field up to its value: by the index of its name, or with the name. */
function prefixOf(name: string): Uint8Array {
  const known = prefixes.get(name);
  if (known !== undefined) return known;
  const prefix = makePrefix(name.toLowerCase());
  // A copy: a part of a text keeps all of it.
  if (prefixes.size < MOST_PREFIXES)
    prefixes.set(Buffer.from(name, 'latin1').toString('latin1'), prefix);
  return prefix;
}

/** By the name as it is written. Bounded: an upstream may make up names without end. */
const prefixes = new Map<string, Uint8Array>();
const MOST_PREFIXES = 512;

function makePrefix(name: string): Uint8Array {
  const index = STATIC_TABLE.findIndex(([known]) => known === name) + 1;
  if (index > 0) {
    return index < 15 ? Uint8Array.of(index) : Uint8Array.of(0x0f, index - 15);
  }
  const out = Buffer.alloc(name.length + 8);
  return out.subarray(0, putText(out, 1, name));
}

const STATUS_INDEX: ReadonlyMap<number, number> = new Map(
  STATIC_TABLE.flatMap(([name, value], i) => (name === ':status' ? [[Number(value), i + 1]] : [])),
);
const STATUS_NAME = 8;
const CONTENT_LENGTH = 28;

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
