import { randomFillSync } from 'node:crypto';
import type { RequestHead } from './exchange.ts';

/** Traces are made in advance, many at once: the text of their fields, one after the other. */
const MANY = 170;
const RANDOM_BYTES = 24;
const NAME = 'traceparent: ';
const FIELD = `${NAME}00-${'0'.repeat(32)}-${'0'.repeat(16)}-01\r\n`;
const VALUE_END = FIELD.length - 2;
const TRACE_ID = NAME.length + 3;
const SPAN_ID = TRACE_ID + 33;
const random = Buffer.alloc(RANDOM_BYTES * MANY);
const text = Buffer.from(FIELD.repeat(MANY));
let fields = '';
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
  if (used === fields.length) makeMany();
  request.fields += fields.slice(used, used + FIELD.length);
  request.traceparent = fields.slice(used + NAME.length, used + VALUE_END);
  used += FIELD.length;
}

/** All zero is no id; so many random bits never are. */
function makeMany(): void {
  randomFillSync(random);
  let next = 0;
  for (let field = 0; field < text.length; field += FIELD.length) {
    next = writeDigits(field + TRACE_ID, 16, next);
    next = writeDigits(field + SPAN_ID, 8, next);
  }
  fields = text.toString('latin1');
  used = 0;
}

/** Writes `count` random bytes as hex digits; returns the index of the next one. */
function writeDigits(at: number, count: number, from: number): number {
  for (let index = 0; index < count; index++) {
    const byte = random[from + index];
    text[at + 2 * index] = DIGITS[byte >> 4];
    text[at + 2 * index + 1] = DIGITS[byte & 15];
  }
  return from + count;
}

const DIGITS = Buffer.from('0123456789abcdef');

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/;
const LENGTH_OF_00 = 55;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
