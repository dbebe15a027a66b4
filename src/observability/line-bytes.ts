// Puts the parts of a line into the memory that is written. Each returns where it ends.
import { isoSecond } from './iso-time.ts';

/** The longest line that is made in the memory that is written. */
export const MAX_LINE = 4096;

/** Writes one line, its line feed included, into `memory` from `at` on, at most `MAX_LINE` bytes; returns its end. */
export type PutLine<Content> = (content: Content, memory: Buffer, at: number) => number;

/** Longer texts are copied by the runtime, which is dear to call. */
export const SHORT = 32;

/** The same text in one piece: what was put together of several is put together again by each copy. */
export function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/**
 * The code of one character. V8 keeps texts in many shapes, and looking up `text.charCodeAt` in each costs
 * more than writing the character; like this it is known, and a line costs half as much.
 */
export const charCodeAt: (text: string, index: number) => number = Function.prototype.call.bind(
  // oxlint-disable-next-line typescript/unbound-method -- `call` is what gives it its text
  String.prototype.charCodeAt,
);

/** Writes Latin-1 text. */
export function put(memory: Buffer, start: number, text: string): number {
  const { length } = text;
  if (length > SHORT) return start + memory.write(text, start, 'latin1');
  for (let index = 0; index < length; index++) memory[start + index] = charCodeAt(text, index);
  return start + length;
}

const DIGIT_0 = 0x30;
const MOST_DIGITS = 9;

/** Writes a whole number that is not negative. */
export function putNumber(memory: Buffer, start: number, value: number): number {
  if (value >= 10 ** MOST_DIGITS) return put(memory, start, String(value));
  let end = start + 1;
  for (let power = 10; power <= value; power *= 10) end++;
  let left = value | 0;
  for (let at = end - 1; at >= start; at--) {
    const tens = (left / 10) | 0;
    memory[at] = DIGIT_0 + left - tens * 10;
    left = tens;
  }
  return end;
}

/** `2026-11-22T03:14:06.123Z` of milliseconds since the epoch. */
export function putIsoTime(memory: Buffer, start: number, time: number): number {
  const second = Math.floor(time / 1000);
  const at = put(memory, start, isoSecond(second));
  const milliseconds = Math.floor(time) - second * 1000;
  memory[at] = DIGIT_0 + ((milliseconds / 100) | 0);
  memory[at + 1] = DIGIT_0 + (((milliseconds / 10) | 0) % 10);
  memory[at + 2] = DIGIT_0 + (milliseconds % 10);
  memory[at + 3] = 0x5a;
  return at + 4;
}
