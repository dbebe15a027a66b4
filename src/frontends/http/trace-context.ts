import { randomFillSync } from 'node:crypto';
import type { RequestHead } from './exchange.ts';

/** Traces are made in advance, many at once: the text of their fields, one after the other. */
const MANY = 64;
const RANDOM_BYTES = 24;
const NAME = 'traceparent: ';
const FIELD = `${NAME}00-${'0'.repeat(32)}-${'0'.repeat(16)}-01\r\n`;
const VALUE_END = FIELD.length - 2;
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
  const digits = randomFillSync(random).toString('hex');
  for (let index = 0; index < MANY; index++) {
    const id = index * FIELD.length + NAME.length + 3;
    const digit = index * RANDOM_BYTES * 2;
    text.write(digits.slice(digit, digit + 32), id, 'latin1');
    text.write(digits.slice(digit + 32, digit + 48), id + 33, 'latin1');
  }
  fields = text.toString('latin1');
  used = 0;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/;
const LENGTH_OF_00 = 55;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
