import { randomFillSync } from 'node:crypto';
import type { RequestHead } from './exchange.ts';

/** Random hex digits of one trace: its id and that of its first span. */
const DIGITS_A_TRACE = 48;
const random = Buffer.alloc((DIGITS_A_TRACE / 2) * 170);
let digits = '';
let used = 0;

/**
 * Whether a `traceparent` may be passed on (W3C Trace Context): version 00, or one to come that begins
 * the same way; ids that are not all zero.
 */
export function isTraceparent(value: string): boolean {
  if (!TRACEPARENT.test(value)) return false;
  if (value.length > LENGTH_OF_00 && value.startsWith('00')) return false;
  return !value.startsWith(NO_TRACE, 3) && !value.startsWith(NO_SPAN, 36);
}

/** Gives a request that brings no trace the beginning of one, asking for it to be recorded. */
export function beginTrace(request: RequestHead): void {
  if (used === digits.length) {
    digits = randomFillSync(random).toString('hex');
    used = 0;
  }
  const span = used + 32;
  const end = used + DIGITS_A_TRACE;
  request.traceparent = `00-${digits.slice(used, span)}-${digits.slice(span, end)}-01`;
  used = end;
  request.fields += `traceparent: ${request.traceparent}\r\n`;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/;
const LENGTH_OF_00 = 55;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
