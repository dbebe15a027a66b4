import type { RequestBody, RequestHead } from './exchange.ts';
import { isFieldName, isFieldValue } from './http2-fields.ts';
import type { HttpLimits } from './options.ts';
import { isTraceparent } from './trace-context.ts';
import { isAuthority } from './wire/authority.ts';
import { CLASSES, isMethod, TARGET } from './wire/characters.ts';
import { fieldRole, mayHaveRole, mayTrail } from './wire/field-names.ts';

/** A request that may be passed on, or in plain words what is wrong with it. */
export type Http2Request =
  | { readonly kind: 'request'; readonly head: RequestHead }
  | { readonly kind: 'malformed'; readonly status: 400 | 417 | 431; readonly detail: string };

/**
 * Reads the field list of a request (RFC 9113 section 8.3.1) as strictly as HTTP/1.1 heads are read,
 * so that what it becomes as HTTP/1.1 has one meaning. `hasBody` is false where END_STREAM came with it.
 */
export function readHttp2Request(
  list: readonly string[],
  hasBody: boolean,
  limits: Pick<HttpLimits, 'maxFields' | 'maxHeadBytes'>,
): Http2Request {
  if (list.length > (limits.maxFields + PSEUDO_FIELDS) * 2)
    return malformed('The head has too many fields.', 431);
  let bytes = 0;
  let method = '';
  let scheme = '';
  let authority = '';
  let target = '';
  let host = '';
  let length = '';
  let cookies = '';
  let fields = '';
  let traceparent = '';
  let traceparents = 0;
  let trace = '';
  let expectsContinue = false;
  let inPseudo = true;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const value = list[i + 1];
    bytes += name.length + value.length;
    if (bytes > limits.maxHeadBytes) return malformed('The head is too long.', 431);
    if (!isFieldValue(value)) return malformed('A field value holds a control character.');
    const first = name.charCodeAt(0);
    if (first === COLON) {
      if (!inPseudo) return malformed('A pseudo-header field follows a regular field.');
      if (value === '') return malformed('A pseudo-header field is empty.');
      switch (name) {
        case ':method':
          if (method !== '') return malformed('There is more than one :method.');
          method = value;
          break;
        case ':scheme':
          if (scheme !== '') return malformed('There is more than one :scheme.');
          scheme = value;
          break;
        case ':authority':
          if (authority !== '') return malformed('There is more than one :authority.');
          authority = value;
          break;
        case ':path':
          if (target !== '') return malformed('There is more than one :path.');
          target = value;
          break;
        default:
          return malformed('A pseudo-header field is not known here.');
      }
      continue;
    }
    inPseudo = false;
    if (!isFieldName(name)) return malformed('A field name is not a token in lower case.');
    if (name === 'cookie') {
      // Sent in pieces for compression; one field in HTTP/1.1 (RFC 9113 section 8.2.3).
      cookies = cookies === '' ? value : `${cookies}; ${value}`;
      continue;
    }
    const role = mayHaveRole(first, name.length) ? fieldRole(name) : 'pass';
    switch (role) {
      case 'pass':
        fields += `${name}: ${value}\r\n`;
        break;
      case 'identity':
        break;
      case 'traceparent':
        traceparent = value;
        traceparents++;
        trace += `${name}: ${value}\r\n`;
        break;
      case 'tracestate':
        trace += `${name}: ${value}\r\n`;
        break;
      case 'host':
        if (host !== '') return malformed('There is more than one Host field.');
        host = value;
        break;
      case 'content-length':
        if (length !== '') return malformed('There is more than one Content-Length.');
        if (value === '') return malformed('Content-Length is empty.');
        length = value;
        break;
      case 'expect':
        if (value.toLowerCase() !== '100-continue')
          return malformed('The expectation is not known here.', 417);
        expectsContinue = hasBody;
        break;
      case 'hop':
        if (CONNECTION_SPECIFIC.has(name) || (name === 'te' && value !== 'trailers')) {
          return malformed('A field belongs to HTTP/1.1 connections.');
        }
        break;
      case 'connection':
      case 'transfer-encoding':
      case 'upgrade':
        return malformed('A field belongs to HTTP/1.1 connections.');
    }
  }

  if (method === 'CONNECT') return malformed('CONNECT is not served here.');
  if (!isMethod(method)) return malformed('The method is not an upper-case word.');
  if (scheme !== 'https' && scheme !== 'http') return malformed('The scheme is not https.');
  if (!isTarget(target, method)) return malformed('The path is not valid.');
  if (authority === '') authority = host;
  else if (host !== '' && host.toLowerCase() !== authority.toLowerCase()) {
    return malformed(':authority and Host disagree.');
  }
  if (!isAuthority(authority)) return malformed('The authority is missing or malformed.');
  const body = bodyOf(length, hasBody);
  if (body === null) return malformed('Content-Length is not the length of the body.');

  if (traceparents === 1 && isTraceparent(traceparent)) fields += trace;
  else traceparent = '';
  if (cookies !== '') fields += `cookie: ${cookies}\r\n`;
  const query = target.indexOf('?');
  return {
    kind: 'request',
    head: {
      method,
      target,
      path: query < 0 ? target : target.slice(0, query),
      authority,
      version: '2',
      fields,
      traceparent,
      body,
      expectsContinue: expectsContinue && body.kind !== 'none',
      upgrade: null,
    },
  };
}

/** Stands in for a request that could not be read. */
export function unreadableRequest(list: readonly string[], hasBody: boolean): RequestHead {
  return {
    method: list[list.indexOf(':method') + 1] === 'HEAD' ? 'HEAD' : 'GET',
    target: '/',
    path: '/',
    authority: '',
    version: '2',
    fields: '',
    traceparent: '',
    body: { kind: hasBody ? 'stream' : 'none' },
    expectsContinue: false,
    upgrade: null,
  };
}

/** The trailer fields that may be passed on, as wire text; null where the section is malformed. */
export function readHttp2Trailers(list: readonly string[]): string | null {
  let trailers = '';
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    const value = list[i + 1];
    if (!isFieldName(name) || !isFieldValue(value)) return null;
    if (mayTrail(name)) trailers += `${name}: ${value}\r\n`;
  }
  return trailers;
}

const COLON = 0x3a;
/** What a request has beside its fields. */
export const PSEUDO_FIELDS = 4;
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set(['keep-alive', 'proxy-connection']);
const NO_BODY: RequestBody = { kind: 'none' };
const STREAM: RequestBody = { kind: 'stream' };

function malformed(detail: string, status: 400 | 417 | 431 = 400): Http2Request {
  return { kind: 'malformed', status, detail };
}

function isTarget(target: string, method: string): boolean {
  if (target.charCodeAt(0) !== 0x2f) return target === '*' && method === 'OPTIONS';
  for (let i = 1; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code > 0x7e || (CLASSES[code] & TARGET) === 0) return false;
  }
  return true;
}

function bodyOf(length: string, hasBody: boolean): RequestBody | null {
  if (length === '') return hasBody ? STREAM : NO_BODY;
  if (!/^[0-9]{1,15}$/.test(length)) return null;
  const bytes = Number(length);
  if (hasBody) return { kind: 'length', length: bytes };
  return bytes === 0 ? NO_BODY : null;
}
