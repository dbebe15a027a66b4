import type { Answer, ClientFacts } from '../frontends/http/exchange.ts';
import { isoTime } from './iso-time.ts';

/** Makes the access log's line of one request, its line feed included; ASCII, at most 4096 characters. */
export type AccessLine = (
  listener: string,
  client: ClientFacts,
  answer: Answer,
  at: number,
) => string;

const MAX_TARGET = 2048;
/** What one character may become, such as `\u20ac`; three bytes of `\xe2` in the common format. */
const LONGEST_ESCAPE = 12;
const MAX_NAME = 256;
const MAX_METHOD = 32;

/** The common log format, with the client's user in its place; times are in UTC. */
export function commonLine(
  _listener: string,
  client: ClientFacts,
  answer: Answer,
  at: number,
): string {
  const { request, status, sentBytes } = answer;
  let prefix = commonPrefixes.get(client);
  if (prefix === undefined) {
    const user =
      client.user === null
        ? '-'
        : clean(client.user, MAX_NAME, commonText).replaceAll(' ', '\\x20');
    prefix = `${client.remoteAddress === '' ? '-' : client.remoteAddress} - ${user} [`;
    commonPrefixes.set(client, prefix);
  }
  const line = isReadable(request)
    ? `${request.method.slice(0, MAX_METHOD)} ${clean(request.target, MAX_TARGET, commonText)} HTTP/${request.version}`
    : '-';
  return `${prefix}${commonTime(at)}] "${line}" ${status === 0 ? '-' : status} ${sentBytes === 0 ? '-' : sentBytes}\n`;
}

/** A line of JSON, with the handshake's and the trace's id; `status` 0: the client left before it was answered. */
export function jsonLine(
  listener: string,
  client: ClientFacts,
  answer: Answer,
  at: number,
): string {
  const { request, status, sentBytes, begunAt } = answer;
  let parts = jsonParts.get(client);
  if (parts === undefined) {
    const { handshakeId: id, remoteAddress: address } = client;
    const user = client.user === null ? 'null' : `"${clean(client.user, MAX_NAME, jsonText)}"`;
    const prefix = `","listener":"${clean(listener, MAX_NAME, jsonText)}","id":"${id}","address":"${address}","user":${user},"request":`;
    parts = { prefix, method: '', authority: '', opening: '' };
    jsonParts.set(client, parts);
  }
  const microseconds = Math.round((performance.now() - begunAt) * 1000);
  const end = `,"status":${status},"bytes":${sentBytes},"microseconds":${microseconds}}\n`;
  if (!isReadable(request)) return `{"time":"${isoTime(at)}${parts.prefix}null${end}`;
  const { traceparent, method, authority, version } = request;
  if (method !== parts.method || authority !== parts.authority) {
    const host = clean(authority, MAX_NAME, jsonText);
    parts.method = method;
    parts.authority = authority;
    parts.opening = `${parts.prefix}{"method":"${method.slice(0, MAX_METHOD)}","host":"${host}","target":"`;
  }
  const trace = traceparent === '' ? 'null' : `"${traceparent.slice(3, 35)}"`;
  const target = clean(request.target, MAX_TARGET, jsonText);
  return `{"time":"${isoTime(at)}${parts.opening}${target}","version":"${version}"},"trace":${trace}${end}`;
}

/** What is the same for all requests of a connection. */
const commonPrefixes = new WeakMap<ClientFacts, string>();
const jsonParts = new WeakMap<ClientFacts, JsonParts>();

interface JsonParts {
  readonly prefix: string;
  /** Of the last request, mostly of the next one too; `opening` is the line up to its target. */
  method: string;
  authority: string;
  opening: string;
}

/** What could not be read has no authority, which every request has. */
function isReadable(request: Answer['request']): request is NonNullable<Answer['request']> {
  return request !== null && request.authority !== '';
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
function commonTime(at: number): string {
  const second = Math.floor(at / 1000);
  if (second !== lastCommon.second) {
    const date = new Date(at);
    const iso = date.toISOString();
    const text = `${iso.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
    lastCommon = { second, text };
  }
  return lastCommon.text;
}
