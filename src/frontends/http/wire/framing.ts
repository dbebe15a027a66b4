import { isToken, trimOws } from './characters.ts';
import type { FieldSection } from './field-section.ts';
import type { WireFault } from './refusal.ts';

/** How a message's fields say its body ends; `none` where they say nothing. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' };

const NONE: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };
const EMPTY: Framing = { kind: 'length', length: 0 };

const KNOWN_CODINGS: ReadonlySet<string> = new Set([
  'chunked',
  'compress',
  'x-compress',
  'deflate',
  'gzip',
  'x-gzip',
  'identity',
]);

/**
 * The framing that Content-Length and Transfer-Encoding declare (RFC 9112 section 6), or what is
 * wrong with it. Whatever two implementations might read differently is a fault.
 */
export function readFraming(section: FieldSection, isHttp10: boolean): Framing | WireFault {
  if (section.codings > 0) {
    if (section.lengths > 0) return 'length-and-coding';
    if (isHttp10) return 'coding-in-1.0';
    if (section.codings > 1) return 'bad-coding';
    return section.coding.toLowerCase() === 'chunked' ? CHUNKED : codingFault(section.coding);
  }
  if (section.lengths === 0) return NONE;
  if (section.lengths > 1) return 'two-lengths';
  const length = decimal(section.length);
  if (length < 0) return 'bad-length';
  return length === 0 ? EMPTY : { kind: 'length', length };
}

/** A number of digits only, at most 2^53 - 1; -1 for anything else. */
function decimal(text: string): number {
  if (text.length === 0 || text.length > 16) return -1;
  let value = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value > Number.MAX_SAFE_INTEGER ? -1 : value;
}

function codingFault(value: string): WireFault {
  const codings = value.split(',').map((coding) => trimOws(coding).toLowerCase());
  if (!codings.every(isToken)) return 'bad-coding';
  return codings.every((coding) => KNOWN_CODINGS.has(coding)) ? 'bad-coding' : 'unknown-coding';
}
