import type { RequestBody, RequestHead } from '../exchange.ts';
import { isAuthority } from './authority.ts';
import { CLASSES, CR, METHOD, SPACE, TARGET } from './characters.ts';
import { FieldSection } from './field-section.ts';
import { readFraming } from './framing.ts';
import { hasBareLf } from './head-buffer.ts';
import { refuse, type WireFault, type WireRefusal } from './refusal.ts';

/** A request that may be passed on. */
export interface ParsedRequest extends RequestHead {
  readonly kind: 'request';
  /** The client wants to send further requests on this connection. */
  readonly persistent: boolean;
}

const NO_BODY: RequestBody = { kind: 'none' };
const STREAM: RequestBody = { kind: 'stream' };
const QUESTION_MARK = 0x3f;

const section = new FieldSection();
/** The last host that was found well-formed: the next request mostly has the same, and then the same text. */
let knownHost = 'localhost';

/**
 * Reads a complete request head, `bytes[start, end)` up to and including its blank line, by RFC 9112.
 * What two servers could read differently is refused, so that everything that is passed on has one
 * meaning. `fields` holds neither what belongs to the client's connection nor what speaks of the
 * client's identity, in any spelling.
 */
export function parseRequestHead(
  bytes: Buffer,
  start: number,
  end: number,
  maxFields: number,
): ParsedRequest | WireRefusal {
  const parsed = parse(bytes, start, end, maxFields);
  // A bare LF is told wherever it stands, as it is when the head arrives in pieces.
  if (parsed.kind === 'refused' && hasBareLf(bytes, start, start, end)) return refuse('bare-lf');
  return parsed;
}

function parse(
  bytes: Buffer,
  start: number,
  end: number,
  maxFields: number,
): ParsedRequest | WireRefusal {
  const text = bytes.toString('latin1', start, end);

  let at = start;
  while ((CLASSES[bytes[at]] & METHOD) !== 0) at += 1;
  if (at === start || bytes[at] !== SPACE) return refuse(lineFault(bytes, at, 'bad-method'));
  // The usual one is always the same text: looking it up is cheap then.
  const method = isGet(bytes, start, at) ? 'GET' : text.slice(0, at - start);

  const targetStart = at + 1;
  let query = -1;
  for (at = targetStart; (CLASSES[bytes[at]] & TARGET) !== 0; at += 1) {
    if (bytes[at] === QUESTION_MARK && query < 0) query = at;
  }
  if (at === targetStart || bytes[at] !== SPACE) return refuse(lineFault(bytes, at, 'bad-target'));
  let target = text.slice(targetStart - start, at - start);

  const isHttp10 = text.startsWith('HTTP/1.0\r\n', at + 1 - start);
  if (!isHttp10 && !text.startsWith('HTTP/1.1\r\n', at + 1 - start)) {
    return refuse(versionFault(text.slice(at + 1 - start, text.indexOf('\r\n', at - start))));
  }

  const fault = section.read(bytes, text, start, at + 11, end - 2, maxFields, 'request');
  if (fault !== null) return refuse(fault);
  if (method === 'CONNECT') return refuse('connect');
  if (section.hosts !== 1) return refuse(section.hosts === 0 ? 'no-host' : 'two-hosts');
  if (section.host !== knownHost) {
    if (!isAuthority(section.host)) return refuse('bad-host');
    knownHost = section.host;
  }

  let path: string;
  if (target.charCodeAt(0) === 0x2f) {
    path = query < 0 ? target : target.slice(0, query - targetStart);
  } else {
    const form = originForm(method, target, section.host);
    if (form === 'bad-target' || form === 'host-mismatch') return refuse(form);
    target = form;
    const mark = target.indexOf('?');
    path = mark < 0 ? target : target.slice(0, mark);
  }

  const framing = readFraming(section, isHttp10);
  if (typeof framing === 'string') return refuse(framing);
  const body =
    framing.kind === 'length'
      ? framing.length === 0
        ? NO_BODY
        : framing
      : framing.kind === 'none'
        ? NO_BODY
        : STREAM;

  let expectsContinue = false;
  if (section.expect !== '' && !isHttp10) {
    if (section.expect.toLowerCase() !== '100-continue') return refuse('unknown-expectation');
    expectsContinue = body.kind !== 'none';
  }
  return {
    kind: 'request',
    method,
    target,
    path,
    authority: knownHost,
    version: isHttp10 ? '1.0' : '1.1',
    fields: section.kept,
    traceparent: section.traceparent,
    body,
    expectsContinue,
    upgrade: isWebSocket(method, isHttp10, body) ? 'websocket' : null,
    persistent: isHttp10 ? section.keepAlive && !section.close : !section.close,
  };
}

function isGet(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start === 3 &&
    bytes[start] === 0x47 &&
    bytes[start + 1] === 0x45 &&
    bytes[start + 2] === 0x54
  );
}

/** `*` for OPTIONS and absolute-form (RFC 9112 section 3.2), as origin-form. */
function originForm(method: string, target: string, host: string): string {
  if (target === '*') return method === 'OPTIONS' ? '*' : 'bad-target';
  const scheme = /^https?:\/\//i.exec(target);
  if (scheme === null) return 'bad-target';
  const rest = target.slice(scheme[0].length);
  const authorityEnd = rest.search(/[/?]/);
  const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
  if (!isAuthority(authority)) return 'bad-target';
  if (authority.toLowerCase() !== host.toLowerCase()) return 'host-mismatch';
  if (authorityEnd < 0) return method === 'OPTIONS' ? '*' : '/';
  const path = rest.slice(authorityEnd);
  return path.startsWith('/') ? path : `/${path}`;
}

/** A handshake that can be passed on (RFC 6455 section 4.1); other upgrades are not offered upstream. */
function isWebSocket(method: string, isHttp10: boolean, body: RequestBody): boolean {
  return (
    section.upgrade !== '' &&
    section.upgrades &&
    section.upgrade.toLowerCase() === 'websocket' &&
    method === 'GET' &&
    !isHttp10 &&
    body.kind === 'none'
  );
}

function lineFault(bytes: Buffer, at: number, fault: WireFault): WireFault {
  return bytes[at] === CR ? 'bad-request-line' : fault;
}

function versionFault(version: string): WireFault {
  return /^HTTP\/[0-9]\.[0-9]$/.test(version) ? 'unsupported-version' : 'bad-version';
}
