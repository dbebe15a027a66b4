import type { ResponseBody, ResponseHead } from '../exchange.ts';
import { CLASSES, CR, LF, VALUE } from './characters.ts';
import { FieldSection } from './field-section.ts';
import { readFraming } from './framing.ts';
import { hasBareLf } from './head-buffer.ts';
import { refuse, type WireRefusal } from './refusal.ts';

/** An upstream's response head that may be passed on. */
export interface ParsedResponse extends ResponseHead {
  readonly kind: 'response';
  /** How the body's end is told on this connection. `none`: the blank line ends the response. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  /** The connection may carry another request once the body has ended. False where framing is `close`. */
  readonly persistent: boolean;
  /** A 101 to `Upgrade: websocket`, with Connection and Upgrade in place. */
  readonly upgrade: boolean;
}

const NO_BODY: ResponseBody = { kind: 'none', length: null };
const STREAM: ResponseBody = { kind: 'stream' };

const section = new FieldSection();

/**
 * Reads a complete response head, `bytes[start, end)` up to and including its blank line, by RFC 9112
 * and as strictly as requests are read. `method` is that of the request it answers. Status 100 to 199
 * are interim and have no body; 101 is one only where `upgrade` says so.
 */
export function parseResponseHead(
  bytes: Buffer,
  start: number,
  end: number,
  method: string,
  maxFields: number,
): ParsedResponse | WireRefusal {
  const parsed = parse(bytes, start, end, method, maxFields);
  if (parsed.kind === 'refused' && hasBareLf(bytes, start, start, end)) return refuse('bare-lf');
  return parsed;
}

function parse(
  bytes: Buffer,
  start: number,
  end: number,
  method: string,
  maxFields: number,
): ParsedResponse | WireRefusal {
  const text = bytes.toString('latin1', start, end);
  const isHttp10 = text.startsWith('HTTP/1.0 ');
  if (!isHttp10 && !text.startsWith('HTTP/1.1 ')) return refuse('bad-version');
  const status = statusCode(bytes, start + 9);
  // The space before an empty reason is often left out.
  let at = start + 12;
  if (status < 0 || (bytes[at] !== 0x20 && bytes[at] !== CR)) return refuse('bad-status-line');
  while ((CLASSES[bytes[at]] & VALUE) !== 0) at += 1;
  if (bytes[at] !== CR || bytes[at + 1] !== LF) return refuse('bad-status-line');
  const reason = at > start + 13 ? text.slice(13, at - start) : '';

  const fault = section.read(bytes, text, start, at + 2, end - 2, maxFields, 'response');
  if (fault !== null) return refuse(fault);
  const framing = readFraming(section, isHttp10);
  if (typeof framing === 'string') return refuse(framing);

  const hasBody = framing.kind === 'chunked' || (framing.kind === 'length' && framing.length > 0);
  if (status < 200 && hasBody) return refuse('bad-length');
  let body: ResponseBody = STREAM;
  let ends: ParsedResponse['framing'] = framing.kind === 'none' ? 'close' : framing.kind;
  if (framing.kind === 'length') body = framing;
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') {
    const isShown = framing.kind === 'length' && status >= 200 && status !== 204;
    body = isShown ? { kind: 'none', length: framing.length } : NO_BODY;
    ends = 'none';
  }
  // A body behind a 204 would be read as the next response: that connection is not used again.
  const isOverlong = status === 204 && hasBody;
  const keeps = isHttp10 ? section.keepAlive && !section.close : !section.close;
  return {
    kind: 'response',
    status,
    reason,
    fields: section.kept,
    body,
    framing: ends,
    persistent: keeps && ends !== 'close' && !isOverlong,
    upgrade: status === 101 && section.upgrades && section.upgrade.toLowerCase() === 'websocket',
  };
}

function statusCode(bytes: Buffer, at: number): number {
  const hundreds = bytes[at] - 0x30;
  const tens = bytes[at + 1] - 0x30;
  const ones = bytes[at + 2] - 0x30;
  if (!(hundreds >= 1 && hundreds <= 5 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) {
    return -1;
  }
  return hundreds * 100 + tens * 10 + ones;
}
