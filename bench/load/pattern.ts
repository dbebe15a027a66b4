// Bytes that both ends know.
import { crc32 } from 'node:zlib';

export const SOURCE_MESSAGE_BYTES = 64;

/** What large answers consist of, over and over: a prime number of bytes, so that nothing is aligned with it. */
export const PATTERN = 'what a service answers, at length; '.repeat(300).slice(0, 10_007);

/** So many bytes of the pattern. */
export function sourceBytes(bytes: number): Buffer {
  return Buffer.alloc(bytes, PATTERN);
}

/** What clients upload. */
export function uploadOf(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'what a client uploads, over and over; ');
}

/** What the sink answers to that. */
export function sinkAnswer(bytes: number): string {
  return `${bytes} bytes, CRC-32 ${crc32(uploadOf(bytes))}`;
}
