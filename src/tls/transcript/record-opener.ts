import { createDecipheriv, createHmac } from 'node:crypto';
import type { RecordCipher } from './cipher-suites.ts';

/** What was inside a protected record. */
export interface OpenedRecord {
  readonly type: number;
  readonly bytes: Buffer;
}

/** Opens the records of one direction, in their order. Null: the key doesn't fit. Never throws. */
export interface RecordOpener {
  open(header: Buffer, fragment: Buffer): OpenedRecord | null;
  /** The opener of what follows a KeyUpdate (RFC 8446, section 7.2). */
  updated(): RecordOpener;
}

/** Records of TLS 1.3 under a traffic secret (RFC 8446, sections 5.2 and 7.3). */
export function tls13Opener(secret: Buffer, cipher: RecordCipher): RecordOpener {
  const key = expandLabel(cipher.hash, secret, 'key', cipher.keyLength);
  const iv = expandLabel(cipher.hash, secret, 'iv', NONCE_LENGTH);
  let sequence = 0;
  return {
    open(header, fragment) {
      const plain = decrypt(cipher, key, xorSequence(iv, sequence++), header, fragment);
      if (plain === null) return null;
      let end = plain.length;
      while (end > 0 && plain[end - 1] === 0) end -= 1;
      return end === 0 ? null : { type: plain[end - 1], bytes: plain.subarray(0, end - 1) };
    },
    updated() {
      return tls13Opener(expandLabel(cipher.hash, secret, 'traffic upd', secret.length), cipher);
    },
  };
}

/** What the keys of TLS 1.2 are made of. */
export interface Tls12Keys {
  readonly master: Buffer;
  readonly clientRandom: Buffer;
  readonly serverRandom: Buffer;
}

/** Records of TLS 1.2 after ChangeCipherSpec, for its AEAD suites (RFC 5246, section 6.3; RFC 5288; RFC 7905). */
export function tls12Opener(
  keys: Tls12Keys,
  cipher: RecordCipher,
  from: 'client' | 'server',
): RecordOpener {
  const { keyLength } = cipher;
  const explicit = cipher.algorithm === 'chacha20-poly1305' ? 0 : EXPLICIT_NONCE_LENGTH;
  const ivLength = NONCE_LENGTH - explicit;
  const seed = Buffer.concat([Buffer.from('key expansion'), keys.serverRandom, keys.clientRandom]);
  const block = expandTls12(cipher.hash, keys.master, seed, 2 * (keyLength + ivLength));
  const side = from === 'client' ? 0 : 1;
  const key = block.subarray(side * keyLength, (side + 1) * keyLength);
  const ivAt = 2 * keyLength + side * ivLength;
  const iv = block.subarray(ivAt, ivAt + ivLength);
  let sequence = 0;
  const opener: RecordOpener = {
    open(header, fragment) {
      const length = fragment.length - explicit - TAG_LENGTH;
      if (length < 0) return null;
      const nonce =
        explicit === 0
          ? xorSequence(iv, sequence)
          : Buffer.concat([iv, fragment.subarray(0, explicit)]);
      const data = Buffer.alloc(13);
      data.writeUIntBE(sequence++, 2, 6);
      header.copy(data, 8, 0, 3);
      data.writeUInt16BE(length, 11);
      const bytes = decrypt(cipher, key, nonce, data, fragment.subarray(explicit));
      return bytes === null ? null : { type: header[0], bytes };
    },
    // There is no such message in TLS 1.2.
    updated: () => opener,
  };
  return opener;
}

const NONCE_LENGTH = 12;
const EXPLICIT_NONCE_LENGTH = 8;
const TAG_LENGTH = 16;

function decrypt(
  { algorithm }: RecordCipher,
  key: Buffer,
  nonce: Buffer,
  data: Buffer,
  sealed: Buffer,
): Buffer | null {
  const length = sealed.length - TAG_LENGTH;
  if (length < 0) return null;
  try {
    const decipher = createDecipheriv(algorithm as 'aes-128-gcm', key, nonce, {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAAD(data);
    decipher.setAuthTag(sealed.subarray(length));
    return Buffer.concat([decipher.update(sealed.subarray(0, length)), decipher.final()]);
  } catch {
    // The tag is wrong: another key, or bytes that nobody encrypted.
    return null;
  }
}

function xorSequence(iv: Buffer, sequence: number): Buffer {
  const nonce = Buffer.alloc(NONCE_LENGTH);
  nonce.writeUIntBE(sequence, NONCE_LENGTH - 6, 6);
  for (let at = 0; at < NONCE_LENGTH; at++) nonce[at] ^= iv[at];
  return nonce;
}

/** HKDF-Expand-Label with an empty context, for at most one block (RFC 8446, section 7.1). */
function expandLabel(
  hash: RecordCipher['hash'],
  secret: Buffer,
  label: string,
  length: number,
): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}

/** P_hash of RFC 5246, section 5. */
function expandTls12(
  hash: RecordCipher['hash'],
  secret: Buffer,
  seed: Buffer,
  length: number,
): Buffer {
  const blocks: Buffer[] = [];
  let a = seed;
  for (let made = 0; made < length; ) {
    a = createHmac(hash, secret).update(a).digest();
    const block = createHmac(hash, secret).update(a).update(seed).digest();
    blocks.push(block);
    made += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}
