import { randomFillSync } from 'node:crypto';

/**
 * A new handshake id: 20 characters of Crockford's base32 in lower case. The first nine count
 * milliseconds, so that ids sort by time; the rest are 55 random bits. `at` is milliseconds since
 * the epoch.
 */
export function handshakeId(at: number): string {
  if (at !== prefixTime) {
    prefixTime = at;
    prefix = encodeTime(at);
  }
  if (next + RANDOM_CHARACTERS > pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  let id = prefix;
  for (let count = 0; count < RANDOM_CHARACTERS; count += 1) {
    id += ALPHABET[pool[next++] & 31];
  }
  return id;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 9;
const RANDOM_CHARACTERS = 11;

const pool = Buffer.alloc(256 * RANDOM_CHARACTERS);
let next = pool.length;
let prefixTime = Number.NaN;
let prefix = '';

function encodeTime(at: number): string {
  let text = '';
  let rest = Math.max(0, Math.floor(at));
  for (let count = 0; count < TIME_CHARACTERS; count += 1) {
    text = `${ALPHABET[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
}
