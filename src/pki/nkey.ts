import { createPrivateKey, createPublicKey } from 'node:crypto';

/** A user's nkey: an Ed25519 key pair in the form that NATS gives it. */
export interface UserNkey {
  /** `U...`, 56 characters. */
  readonly publicKey: string;
  /** PKCS#8, PEM. */
  readonly keyPem: string;
}

/**
 * Reads the seed of a user (`SU...`): base32 of two prefix bytes, the 32 bytes of an Ed25519 seed and a
 * CRC-16. null where it is none; nothing of the seed is in any error.
 */
export function readUserSeed(text: string): UserNkey | null {
  const bytes = decodeBase32(text.trim());
  if (bytes === null || bytes.length !== SEED_LENGTH) return null;
  const body = bytes.subarray(0, -2);
  if (crc16(body) !== bytes.readUInt16LE(body.length)) return null;
  const [first = 0, second = 0] = body;
  const isSeed = (first & 0xf8) === SEED_PREFIX;
  const kind = ((first & 0x07) << 5) | (second >> 3);
  if (!isSeed || kind !== USER_PREFIX) return null;
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, body.subarray(2)]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicBody = Buffer.concat([Buffer.from([USER_PREFIX]), spki.subarray(-32)]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(publicBody));
  return {
    publicKey: encodeBase32(Buffer.concat([publicBody, checksum])),
    keyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  };
}

const SEED_PREFIX = 18 << 3;
const USER_PREFIX = 20 << 3;
const SEED_LENGTH = 2 + 32 + 2;

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, without padding. null where the text is not the one encoding of its bytes. */
function decodeBase32(text: string): Buffer | null {
  const bytes: number[] = [];
  let value = 0;
  let bits = 0;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit === -1) return null;
    value = (value << 5) | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(value >> bits);
    value &= (1 << bits) - 1;
  }
  return value === 0 && bits < 5 ? Buffer.from(bytes) : null;
}

function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(value << (5 - bits)) & 31];
}

/** CRC-16/XMODEM: polynomial 1021, start 0. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    }
    crc &= 0xffff;
  }
  return crc;
}
