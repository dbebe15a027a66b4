import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { der } from './der-writer.ts';
import { encryptWithPassword } from './password-encryption.ts';
import { decodePem, encodePem, PemError } from './pem.ts';

/** The kinds of key that are generated, by the names that the command line uses. */
export const keyTypes = ['p256', 'p384', 'ed25519', 'rsa2048', 'rsa3072', 'rsa4096'] as const;

export type KeyType = (typeof keyTypes)[number];

export type KeyErrorCode = 'missing' | 'several' | 'encrypted' | 'unreadable' | 'wrong-passphrase';

/** A private or public key that can't be used. The message never contains key material. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  readonly code: KeyErrorCode;

  constructor(code: KeyErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const generate = promisify(generateKeyPair);

/** Generates a private key. P-256 unless told otherwise. */
export async function generatePrivateKey(type: KeyType = 'p256'): Promise<KeyObject> {
  if (type === 'ed25519') return (await generate('ed25519', {})).privateKey;
  if (type === 'p256') return (await generate('ec', { namedCurve: 'P-256' })).privateKey;
  if (type === 'p384') return (await generate('ec', { namedCurve: 'P-384' })).privateKey;
  return (await generate('rsa', { modulusLength: Number(type.slice('rsa'.length)) })).privateKey;
}

/** Whether `text` names a key type. */
export function isKeyType(text: string): text is KeyType {
  return (keyTypes as readonly string[]).includes(text);
}

/**
 * The key's kind as people name it: a KeyType where it is one of those, otherwise the family with
 * its size or curve (`rsa1024`, `p521`, `secp256k1`, `ed448`).
 */
export function describeKey(key: KeyObject): string {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'ec':
      return curveNames[details.namedCurve ?? ''] ?? details.namedCurve ?? 'ec';
    case 'rsa':
      return `rsa${details.modulusLength ?? ''}`;
    case 'rsa-pss':
      return `rsa-pss${details.modulusLength ?? ''}`;
    default:
      return key.asymmetricKeyType ?? 'unknown';
  }
}

const curveNames: Readonly<Record<string, string>> = {
  prime256v1: 'p256',
  secp384r1: 'p384',
  secp521r1: 'p521',
};

/** Rounds of PBKDF2 with HMAC-SHA-256 between a passphrase and the key made of it: some 0.2 seconds. */
const DERIVATION_ROUNDS = 600_000;

/**
 * PKCS#8 PEM; where a passphrase is given, encrypted (RFC 5958 section 3) with PBES2, AES-256-CBC and
 * 600,000 rounds of PBKDF2. OpenSSL by itself takes 2,048.
 */
export function encodePrivateKey(key: KeyObject, passphrase: string | null = null): string {
  if (passphrase === null) return key.export({ type: 'pkcs8', format: 'pem' });
  const plain = key.export({ type: 'pkcs8', format: 'der' });
  const encrypted = encryptWithPassword(plain, passphrase, DERIVATION_ROUNDS, randomBytes);
  plain.fill(0);
  const { algorithm, ciphertext } = encrypted;
  return encodePem('ENCRYPTED PRIVATE KEY', der.sequence(algorithm, der.octetString(ciphertext)));
}

/**
 * Reads the one private key of a PEM text: PKCS#8 (plain or encrypted), PKCS#1 or SEC 1. Other
 * blocks (certificates, EC parameters) are passed over. Throws KeyError.
 */
export function decodePrivateKey(text: string, passphrase: string | null = null): KeyObject {
  const block = onlyKeyBlock(text);
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || block.headers.length > 0;
  if (encrypted && passphrase === null) {
    throw new KeyError('encrypted', 'the private key is encrypted and no passphrase was given');
  }
  try {
    if (block.headers.length > 0) {
      const [begin, ...rest] = encodePem(block.label, block.bytes).split('\n');
      const pem = [begin, ...block.headers, '', ...rest].join('\n');
      return createPrivateKey({ key: pem, format: 'pem', passphrase: passphrase ?? '' });
    }
    const key = { key: block.bytes, format: 'der' } as const;
    switch (block.label) {
      case 'RSA PRIVATE KEY':
        return createPrivateKey({ ...key, type: 'pkcs1' });
      case 'EC PRIVATE KEY':
        return createPrivateKey({ ...key, type: 'sec1' });
      default:
        return createPrivateKey({
          ...key,
          type: 'pkcs8',
          ...(encrypted ? { passphrase: passphrase ?? '' } : {}),
        });
    }
  } catch {
    // OpenSSL's own message could quote the key's structure; the cause is told from what was given.
    throw encrypted
      ? new KeyError('wrong-passphrase', 'the passphrase does not open the private key')
      : new KeyError(
          'unreadable',
          `the ${block.label} block in line ${block.line} is damaged or unsupported`,
        );
  }
}

/** The SubjectPublicKeyInfo (DER) that belongs to a private or public key. */
export function encodePublicKey(key: KeyObject): Buffer {
  return (key.type === 'private' ? createPublicKey(key) : key).export({
    type: 'spki',
    format: 'der',
  });
}

/** Reads a SubjectPublicKeyInfo (DER). Throws KeyError for one that OpenSSL does not take. */
export function decodePublicKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    throw new KeyError('unreadable', 'the public key is damaged or of an unsupported kind');
  }
}

/** Whether a private key belongs to the public key (SubjectPublicKeyInfo, DER) of a certificate or request. */
export function keyMatches(key: KeyObject, spki: Uint8Array): boolean {
  const own = encodePublicKey(key);
  if (own.equals(spki)) return true;
  try {
    // The same key in another spelling, such as a compressed point.
    const [one, other] = [decodePublicKey(spki), decodePublicKey(own)];
    // Comparing keys of two kinds leaves an error in OpenSSL's queue, at which the next call fails.
    return describeKey(one) === describeKey(other) && one.equals(other);
  } catch {
    return false;
  }
}

function onlyKeyBlock(text: string): ReturnType<typeof decodePem>[number] {
  let blocks: ReturnType<typeof decodePem>;
  try {
    blocks = decodePem(text);
  } catch (error) {
    if (error instanceof PemError) throw new KeyError('unreadable', error.message);
    throw error;
  }
  const keys = blocks.filter((block) => block.label.endsWith('PRIVATE KEY'));
  const [key] = keys;
  if (key === undefined) throw new KeyError('missing', 'the text has no PRIVATE KEY block');
  if (keys.length > 1) throw new KeyError('several', `the text has ${keys.length} private keys`);
  return key;
}
