import { createCipheriv, createDecipheriv, createHash, hash, pbkdf2Sync } from 'node:crypto';
import { der } from './der-writer.ts';
import type { DerReader } from './der.ts';

/** A scheme that is known but not taken: too weak, too costly, or never built. */
export class UnsupportedEncryptionError extends Error {
  override readonly name = 'UnsupportedEncryptionError';
}

/** Most rounds of key derivation that a file may ask for: a few seconds of work. */
const MAX_ITERATIONS = 5_000_000;

/** Counts the rounds of key derivation that one file asks for, all its parts together. */
export class DerivationBudget {
  #left: number;

  constructor(rounds: number = MAX_ITERATIONS) {
    this.#left = rounds;
  }

  /** Reads a count of rounds; one that is past what is left is UnsupportedEncryptionError. */
  readIterations(reader: DerReader): number {
    const iterations = reader.smallInteger();
    this.#left -= iterations;
    if (iterations < 1 || this.#left < 0) {
      throw new UnsupportedEncryptionError(`it asks for ${iterations} rounds of key derivation`);
    }
    return iterations;
  }
}

const ENCRYPTION_OID = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacSha1: '1.2.840.113549.2.7',
  hmacSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
} as const;

const prfDigests = new Map<string, string>([
  [ENCRYPTION_OID.hmacSha1, 'sha1'],
  [ENCRYPTION_OID.hmacSha256, 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);
const ciphers = new Map<string, { readonly name: string; readonly keyLength: number }>([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyLength: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyLength: 24 }],
  [ENCRYPTION_OID.aes256Cbc, { name: 'aes-256-cbc', keyLength: 32 }],
]);

export interface Encrypted {
  /** AlgorithmIdentifier, DER. */
  readonly algorithm: Buffer;
  readonly ciphertext: Buffer;
}

/**
 * PBES2 (RFC 8018 section 6.2): AES-256-CBC under a key from PBKDF2 with HMAC-SHA-256. `random`
 * supplies salt and initialisation vector.
 */
export function encryptWithPassword(
  plaintext: Buffer,
  password: string,
  iterations: number,
  random: (bytes: number) => Buffer,
): Encrypted {
  const salt = random(16);
  const key = pbkdf2Sync(password, salt, iterations, ENCRYPTION_KEY_BYTES, 'sha256');
  return encryptWithKey(plaintext, key, { salt, iterations, iv: random(16) });
}

/** Length of the key that `encryptWithKey` takes. */
export const ENCRYPTION_KEY_BYTES = 32;

/** The same under a key that was made already, by PBKDF2 with HMAC-SHA-256 from `salt` and `iterations`. */
export function encryptWithKey(
  plaintext: Buffer,
  key: Buffer,
  made: { readonly salt: Buffer; readonly iterations: number; readonly iv: Buffer },
): Encrypted {
  const { salt, iterations, iv } = made;
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const prf = der.sequence(der.oid(ENCRYPTION_OID.hmacSha256), der.null());
  const derivation = der.sequence(
    der.oid(ENCRYPTION_OID.pbkdf2),
    der.sequence(der.octetString(salt), der.integer(iterations), prf),
  );
  const scheme = der.sequence(der.oid(ENCRYPTION_OID.aes256Cbc), der.octetString(iv));
  return {
    algorithm: der.sequence(der.oid(ENCRYPTION_OID.pbes2), der.sequence(derivation, scheme)),
    ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]),
  };
}

/**
 * Opens what PBES2 closed. `algorithm` stands at the AlgorithmIdentifier. Null: the password is
 * wrong, or the bytes are damaged. Throws UnsupportedEncryptionError and DerError.
 */
export function decryptWithPassword(
  algorithm: DerReader,
  ciphertext: Uint8Array,
  password: string,
  budget: DerivationBudget,
): Buffer | null {
  const scheme = algorithm.sequence();
  const oid = scheme.oid();
  if (oid !== ENCRYPTION_OID.pbes2) {
    throw new UnsupportedEncryptionError(
      oid.startsWith('1.2.840.113549.1.12.1.')
        ? 'it is encrypted the old way (3DES or RC2)'
        : `it is encrypted by the unknown scheme ${oid}`,
    );
  }
  const parameters = scheme.sequence();
  const derivation = readDerivation(parameters.sequence(), budget);
  const encryption = parameters.sequence();
  const cipherOid = encryption.oid();
  const cipher = ciphers.get(cipherOid);
  if (cipher === undefined) {
    throw new UnsupportedEncryptionError(`it is encrypted by the unknown cipher ${cipherOid}`);
  }
  const iv = encryption.octetString();
  const { salt, iterations, digest } = derivation;
  const key = pbkdf2Sync(password, salt, iterations, cipher.keyLength, digest);
  try {
    const decipher = createDecipheriv(cipher.name, key, iv);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return null;
  }
}

/**
 * The MAC key of a PKCS#12 file (RFC 7292 appendix B.2, diversifier 3), one digest long. The
 * password counts as UTF-16 with a final zero.
 */
export function pkcs12MacKey(
  password: string,
  salt: Uint8Array,
  iterations: number,
  digest: MacDigest,
): Buffer {
  return hashAgain(firstMacKey(password, salt, digest), iterations - 1, digest);
}

/** Rounds between two pauses, some milliseconds. */
const ROUNDS_AT_A_TIME = 2000;

/** The same with pauses in between, in which others have their turn. */
export async function pkcs12MacKeyGently(
  password: string,
  salt: Uint8Array,
  iterations: number,
  digest: MacDigest,
  pause: () => Promise<void>,
): Promise<Buffer> {
  let key = firstMacKey(password, salt, digest);
  for (let left = iterations - 1; left > 0; left -= ROUNDS_AT_A_TIME) {
    await pause();
    key = hashAgain(key, Math.min(left, ROUNDS_AT_A_TIME), digest);
  }
  return key;
}

function firstMacKey(password: string, salt: Uint8Array, digest: MacDigest): Buffer {
  const block = digest === 'sha384' || digest === 'sha512' ? 128 : 64;
  const secret = Buffer.from(`${password}\0`, 'utf16le').swap16();
  return createHash(digest)
    .update(Buffer.alloc(block, 3))
    .update(repeatTo(salt, block))
    .update(repeatTo(secret, block))
    .digest();
}

function hashAgain(first: Buffer, rounds: number, digest: MacDigest): Buffer {
  let key = first;
  for (let round = 0; round < rounds; round++) key = hash(digest, key, 'buffer');
  return key;
}

export type MacDigest = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** Reads an AlgorithmIdentifier that has no parameters, or NULL, and returns its object identifier. */
export function readPlainAlgorithm(reader: DerReader): string {
  const algorithm = reader.sequence();
  const oid = algorithm.oid();
  if (!algorithm.atEnd) algorithm.null();
  algorithm.finish();
  return oid;
}

function readDerivation(
  function_: DerReader,
  budget: DerivationBudget,
): { salt: Buffer; iterations: number; digest: string } {
  const oid = function_.oid();
  if (oid !== ENCRYPTION_OID.pbkdf2) {
    throw new UnsupportedEncryptionError(`its key is derived by the unknown function ${oid}`);
  }
  const parameters = function_.sequence();
  const salt = parameters.octetString();
  const iterations = budget.readIterations(parameters);
  if (parameters.nextTag === 0x02) parameters.skip();
  // RFC 8018 appendix A.2: HMAC-SHA-1 where no function is named.
  const prf = parameters.atEnd ? ENCRYPTION_OID.hmacSha1 : readPlainAlgorithm(parameters);
  const digest = prfDigests.get(prf);
  if (digest === undefined) {
    throw new UnsupportedEncryptionError(`its key is derived by the unknown function ${prf}`);
  }
  return { salt, iterations, digest };
}

function repeatTo(bytes: Uint8Array, block: number): Buffer {
  const length = block * Math.ceil(bytes.length / block);
  return bytes.length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes);
}
