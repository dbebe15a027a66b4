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
  if (next === characters.length) makeMany();
  const random = characters.slice(next, next + RANDOM_CHARACTERS);
  next += RANDOM_CHARACTERS;
  return prefix + random;
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARACTERS = 9;
const RANDOM_CHARACTERS = 11;

/** The random parts of many ids, one after the other: a text put together of characters leaves more behind. */
let characters = '';
let next = 0;
let prefixTime = Number.NaN;
let prefix = '';

const pool = Buffer.alloc(256 * RANDOM_CHARACTERS);
const DIGITS = Buffer.from(ALPHABET);

function makeMany(): void {
  randomFillSync(pool);
  for (let index = 0; index < pool.length; index++) pool[index] = DIGITS[pool[index] & 31];
  characters = pool.toString('latin1');
  next = 0;
}

const time = Buffer.alloc(TIME_CHARACTERS);

function encodeTime(at: number): string {
  let rest = Math.max(0, Math.floor(at));
  for (let index = TIME_CHARACTERS - 1; index >= 0; index--) {
    time[index] = DIGITS[rest % 32];
    rest = Math.floor(rest / 32);
  }
  return time.toString('latin1');
}
