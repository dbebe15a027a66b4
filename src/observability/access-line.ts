import type { Answer, ClientFacts } from '../frontends/http/exchange.ts';
import { charCodeAt, flat, type PutLine, put, putIsoTime, putNumber, SHORT } from './line-bytes.ts';

/** Writes the access log's line of one request, in ASCII. */
export type AccessLine = PutLine<AccessRecord>;

/** What a line tells. Kept by itself, so that many lines can be made at once, and used again. */
export class AccessRecord {
  listener = '';
  client: ClientFacts | null = null;
  /** Empty: the request could not be read. */
  authority = '';
  method = '';
  target = '';
  version = '';
  traceparent = '';
  /** 0: the client left before it was answered. */
  status = 0;
  sentBytes = 0;
  /** Milliseconds since the epoch. */
  endedAt = 0;
  milliseconds = 0;

  /** Of an answer that is over at `now` by `performance.now()`, and by `endedAt` for people. */
  note(listener: string, client: ClientFacts, answer: Answer, now: number, endedAt: number): void {
    const { request, status, sentBytes, begunAt } = answer;
    this.listener = listener;
    this.client = client;
    this.status = status;
    this.sentBytes = sentBytes;
    this.endedAt = endedAt;
    this.milliseconds = now - begunAt;
    if (request === null) {
      this.authority = '';
      return;
    }
    this.authority = request.authority;
    this.method = request.method;
    this.target = request.target;
    this.version = request.version;
    this.traceparent = request.traceparent;
  }

  /** Lets go of what it would keep alive: a target may be a part of a long head. */
  forget(): void {
    this.client = null;
    this.authority = '';
    this.method = '';
    this.target = '';
    this.traceparent = '';
  }
}

const MAX_TARGET = 2048;
/** What one character may become, such as `\u20ac`; three bytes of `\xe2` in the common format. */
const LONGEST_ESCAPE = 12;
const MAX_NAME = 256;
const MAX_METHOD = 32;

/** The common log format, with the client's user in its place; times are in UTC. */
export function commonLine(record: AccessRecord, memory: Buffer, start: number): number {
  const { client, status, sentBytes } = record;
  let at = start;
  if (client !== null) at = putCommonOpening(client, memory, at);
  at = put(memory, at, commonTime(record.endedAt));
  at = put(memory, at, '] "');
  // What could not be read has no authority, which every request has.
  if (record.authority === '') {
    at = put(memory, at, '-');
  } else {
    at = put(memory, at, record.method.slice(0, MAX_METHOD));
    at = put(memory, at, ' ');
    at = putText(memory, at, record.target, MAX_TARGET, commonText);
    at = put(memory, at, ' HTTP/');
    at = put(memory, at, record.version);
  }
  at = put(memory, at, '" ');
  at = status === 0 ? put(memory, at, '-') : putNumber(memory, at, status);
  at = put(memory, at, ' ');
  at = sentBytes === 0 ? put(memory, at, '-') : putNumber(memory, at, sentBytes);
  return put(memory, at, '\n');
}

/** A line of JSON, with the handshake's and the trace's id. */
export function jsonLine(record: AccessRecord, memory: Buffer, start: number): number {
  const { traceparent } = record;
  let at = put(memory, start, '{"time":"');
  at = putIsoTime(memory, at, record.endedAt);
  at = putJsonOpening(record, memory, at);
  if (record.authority === '') {
    at = put(memory, at, 'null,"status":');
  } else {
    at = putText(memory, at, record.target, MAX_TARGET, jsonText);
    at = put(memory, at, '","version":"');
    at = put(memory, at, record.version);
    at = put(memory, at, '"},"trace":');
    if (traceparent === '') {
      at = put(memory, at, 'null,"status":');
    } else {
      at = put(memory, at, '"');
      for (let digit = 3; digit < 35; digit++) memory[at++] = charCodeAt(traceparent, digit);
      at = put(memory, at, '","status":');
    }
  }
  at = putNumber(memory, at, record.status);
  at = put(memory, at, ',"bytes":');
  at = putNumber(memory, at, record.sentBytes);
  at = put(memory, at, ',"microseconds":');
  at = putNumber(memory, at, Math.round(record.milliseconds * 1000));
  return put(memory, at, '}\n');
}

/** From behind the time up to the target: as in the line before, where that had the same. */
function putJsonOpening(record: AccessRecord, memory: Buffer, start: number): number {
  const { client } = record;
  if (client === null) return putRequest(record, memory, put(memory, start, '","request":'));
  const { logged } = client;
  if (logged instanceof JsonOpening && logged.fits(record)) {
    memory.set(logged.bytes, start);
    return start + logged.bytes.length;
  }
  let at = put(memory, start, '","listener":"');
  at = putText(memory, at, record.listener, MAX_NAME, jsonText);
  at = put(memory, at, '","id":"');
  at = put(memory, at, client.handshakeId);
  at = put(memory, at, '","address":"');
  at = put(memory, at, client.remoteAddress);
  if (client.user === null) {
    at = put(memory, at, '","user":null');
  } else {
    at = put(memory, at, '","user":"');
    at = putText(memory, at, client.user, MAX_NAME, jsonText);
    at = put(memory, at, '"');
  }
  at = putRequest(record, memory, put(memory, at, ',"request":'));
  // Many connections have one request: it is kept from the second on.
  client.logged = logged === undefined ? ONCE : new JsonOpening(record, memory, start, at);
  return at;
}

/** Up to the target; nothing where the request could not be read. */
function putRequest(record: AccessRecord, memory: Buffer, start: number): number {
  if (record.authority === '') return start;
  let at = put(memory, start, '{"method":"');
  at = put(memory, at, record.method.slice(0, MAX_METHOD));
  at = put(memory, at, '","host":"');
  at = putText(memory, at, record.authority, MAX_NAME, jsonText);
  return put(memory, at, '","target":"');
}

const ONCE = {};

/** What the lines of a connection have in common, mostly. */
class JsonOpening {
  readonly bytes: Buffer;
  readonly #listener: string;
  readonly #method: string;
  readonly #authority: string;

  constructor(record: AccessRecord, memory: Buffer, start: number, end: number) {
    this.bytes = Buffer.from(memory.subarray(start, end));
    this.#listener = record.listener;
    this.#method = record.method;
    this.#authority = record.authority;
  }

  /** Whether this request of the same client has the same. */
  fits({ listener, method, authority }: AccessRecord): boolean {
    return method === this.#method && authority === this.#authority && listener === this.#listener;
  }
}

/** Up to the time: as in the line before, if there was one. */
function putCommonOpening(client: ClientFacts, memory: Buffer, start: number): number {
  const { logged, remoteAddress, user } = client;
  if (logged instanceof CommonOpening) return put(memory, start, logged.text);
  let at = put(memory, start, remoteAddress === '' ? '-' : remoteAddress);
  at = put(memory, at, ' - ');
  at = user === null ? put(memory, at, '-') : putUser(memory, at, user);
  at = put(memory, at, ' [');
  client.logged =
    logged === undefined ? ONCE : new CommonOpening(memory.toString('latin1', start, at));
  return at;
}

class CommonOpening {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A field of the common format ends at a space. */
function putUser(memory: Buffer, start: number, user: string): number {
  if (!user.includes(' ')) return putText(memory, start, user, MAX_NAME, commonText);
  return put(memory, start, clean(user, MAX_NAME, commonText).replaceAll(' ', '\\x20'));
}

/** Writes at most so many characters of text that stands between quotes as it is, or made so by `escape`. */
function putText(
  memory: Buffer,
  start: number,
  text: string,
  most: number,
  escape: (text: string) => string,
): number {
  const { length } = text;
  if (length > SHORT) return put(memory, start, clean(text, most, escape));
  for (let index = 0; index < length; index++) {
    const code = charCodeAt(text, index);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
      return put(memory, start, clean(text, most, escape));
    }
    memory[start + index] = code;
  }
  return start + length;
}

/** Text that stands between quotes as it is, or made so by `escape`. */
function clean(text: string, most: number, escape: (text: string) => string): string {
  if (PLAIN.test(text)) return text.length <= most ? text : text.slice(0, most);
  const escaped = escape(text.slice(0, most));
  return escaped.length <= most ? escaped : escape(text.slice(0, most / LONGEST_ESCAPE));
}

/** Printable ASCII without quotes and backslashes. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function commonText(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text)) {
    if (byte === 0x22 || byte === 0x5c) escaped += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) escaped += String.fromCharCode(byte);
    else escaped += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

function jsonText(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(
      /[^\x20-\x7e]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

let lastCommon = { second: -1, text: '' };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `22/Nov/2026:03:14:06 +0000` */
function commonTime(time: number): string {
  const second = Math.floor(time / 1000);
  if (second !== lastCommon.second) {
    const date = new Date(time);
    const iso = date.toISOString();
    const text = `${iso.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
    lastCommon = { second, text: flat(text) };
  }
  return lastCommon.text;
}
