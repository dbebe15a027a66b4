import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { der } from './der-writer.ts';
import { DER_TAG, DerError, readDer, type DerReader } from './der.ts';
import { OID } from './oids.ts';
import {
  decryptWithPassword,
  DerivationBudget,
  type Encrypted,
  ENCRYPTION_KEY_BYTES,
  encryptWithKey,
  encryptWithPassword,
  pkcs12MacKey,
  pkcs12MacKeyGently,
  readPlainAlgorithm,
  UnsupportedEncryptionError,
  type MacDigest,
} from './password-encryption.ts';

/** What a PKCS#12 file holds, in the file's order. */
export interface Pkcs12Contents {
  /** Private keys, PKCS#8 DER. */
  readonly privateKeys: readonly Buffer[];
  /** Certificates, DER. */
  readonly certificates: readonly Buffer[];
  /** Name shown to the user, such as in a browser's list; null: none. */
  readonly friendlyName: string | null;
}

export interface Pkcs12Limits {
  /** Most rounds of key derivation, those of the MAC and of every part together. Default 5,000,000. */
  readonly maxIterations?: number;
}

export type Pkcs12ErrorCode = 'malformed' | 'wrong-password' | 'unsupported';

/** A PKCS#12 file that can't be read. The message never contains key material. */
export class Pkcs12Error extends Error {
  override readonly name = 'Pkcs12Error';
  readonly code: Pkcs12ErrorCode;

  constructor(code: Pkcs12ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Pkcs12Options {
  /** Rounds of key derivation, for the encryption and for the MAC. Default 100,000. */
  readonly iterations?: number;
  /** Source of salts and initialisation vectors. Default: the system's. */
  readonly random?: (bytes: number) => Buffer;
}

const PKCS12_OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certificateBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
} as const;

const macDigests = new Map<string, MacDigest>([
  [OID.sha1, 'sha1'],
  [OID.sha256, 'sha256'],
  [OID.sha384, 'sha384'],
  [OID.sha512, 'sha512'],
]);

/** Largest file that is read, in bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Writes a PKCS#12 file (RFC 7292) with one private key and its chain, leaf first, for browsers and
 * key stores: PBES2 with AES-256-CBC for keys and certificates, HMAC-SHA-256 over the whole. Throws
 * RangeError for an empty password, which programs disagree about, and for an empty chain.
 */
export function writePkcs12(
  contents: NewPkcs12,
  password: string,
  options: Pkcs12Options = {},
): Buffer {
  check(contents, password);
  const { iterations = ITERATIONS, random = randomBytes } = options;
  const bags = certificateBags(contents);
  const certificates = encryptWithPassword(bags, password, iterations, random);
  const key = encryptWithPassword(contents.privateKey, password, iterations, random);
  const safe = safeOf(contents, certificates, key);
  const salt = random(16);
  return fileOf(safe, {
    salt,
    iterations,
    key: pkcs12MacKey(password, salt, iterations, 'sha256'),
  });
}

/** What goes into a new file. */
export interface NewPkcs12 {
  /** PKCS#8 DER. */
  readonly privateKey: Buffer;
  /** DER, leaf first, at least one. */
  readonly certificates: readonly Buffer[];
  /** Name shown to the user. */
  readonly friendlyName: string;
}

/** How a process that serves others makes keys of a password. */
export interface GentleDerivation {
  /** PBKDF2 with HMAC-SHA-256, elsewhere. */
  readonly pbkdf2: (
    password: string,
    salt: Buffer,
    iterations: number,
    bytes: number,
  ) => Promise<Buffer>;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/** The same file as writePkcs12 makes, without holding up its process for the time that passwords take. */
export async function writePkcs12Gently(
  contents: NewPkcs12,
  password: string,
  { pbkdf2, pause }: GentleDerivation,
  options: Pkcs12Options = {},
): Promise<Buffer> {
  check(contents, password);
  const { iterations = ITERATIONS, random = randomBytes } = options;
  const encrypt = async (plaintext: Buffer): Promise<Encrypted> => {
    const salt = random(16);
    const key = await pbkdf2(password, salt, iterations, ENCRYPTION_KEY_BYTES);
    return encryptWithKey(plaintext, key, { salt, iterations, iv: random(16) });
  };
  const certificates = await encrypt(certificateBags(contents));
  const key = await encrypt(contents.privateKey);
  const safe = safeOf(contents, certificates, key);
  const salt = random(16);
  const macKey = await pkcs12MacKeyGently(password, salt, iterations, 'sha256', pause);
  return fileOf(safe, { salt, iterations, key: macKey });
}

const ITERATIONS = 100_000;

function check({ certificates }: NewPkcs12, password: string): void {
  if (password === '') throw new RangeError('a PKCS#12 file needs a password');
  if (certificates.length === 0) throw new RangeError('a PKCS#12 file needs a certificate');
}

function certificateBags({ certificates, friendlyName }: NewPkcs12): Buffer {
  const attributes = leafAttributes(friendlyName);
  return der.sequence(
    ...certificates.map((certificate, index) =>
      certificateBag(certificate, index === 0 ? attributes : null),
    ),
  );
}

function safeOf({ friendlyName }: NewPkcs12, certificates: Encrypted, key: Encrypted): Buffer {
  const keyBag = safeBag(
    PKCS12_OID.shroudedKeyBag,
    der.sequence(key.algorithm, der.octetString(key.ciphertext)),
    leafAttributes(friendlyName),
  );
  return der.sequence(
    contentInfo(
      PKCS12_OID.encryptedData,
      der.sequence(
        der.integer(0),
        der.sequence(
          der.oid(PKCS12_OID.data),
          certificates.algorithm,
          der.implicit(0, certificates.ciphertext),
        ),
      ),
    ),
    contentInfo(PKCS12_OID.data, der.octetString(der.sequence(keyBag))),
  );
}

/**
 * Reads a PKCS#12 file in DER: password integrity (HMAC with SHA-1 or SHA-2), contents in the clear
 * or under PBES2. The MAC is verified before anything is decrypted; a file without one is refused.
 * All that it costs is bounded by the file's length and the rounds. Throws Pkcs12Error.
 */
export function readPkcs12(
  bytes: Uint8Array,
  password: string,
  limits: Pkcs12Limits = {},
): Pkcs12Contents {
  const opening: Opening = {
    password,
    budget: new DerivationBudget(limits.maxIterations),
    contents: { privateKeys: [], certificates: [], friendlyName: null },
  };
  try {
    const infos = readDer(openIntegrity(bytes, opening), MAX_BYTES).sequence();
    while (!infos.atEnd) readSafe(infos.sequence(), opening);
    return opening.contents;
  } catch (error) {
    if (error instanceof DerError) {
      throw new Pkcs12Error('malformed', `the file is not PKCS#12 in DER: ${error.message}`);
    }
    if (error instanceof UnsupportedEncryptionError) {
      throw new Pkcs12Error('unsupported', error.message);
    }
    throw error;
  }
}

/** One file while it is read. */
interface Opening {
  readonly password: string;
  readonly budget: DerivationBudget;
  readonly contents: MutableContents;
}

interface MutableContents {
  readonly privateKeys: Buffer[];
  readonly certificates: Buffer[];
  friendlyName: string | null;
}

function openIntegrity(bytes: Uint8Array, { password, budget }: Opening): Buffer {
  const file = readDer(bytes, MAX_BYTES);
  const pfx = file.sequence();
  file.finish();
  if (pfx.smallInteger() !== 3) throw new Pkcs12Error('malformed', 'not version 3 of PKCS#12');
  const info = pfx.sequence();
  if (info.oid() !== PKCS12_OID.data) {
    throw new Pkcs12Error('unsupported', 'it is protected by a public key, not by a password');
  }
  const safe = info.constructed(0xa0).octetString();
  if (pfx.atEnd) throw new Pkcs12Error('unsupported', 'it has no MAC that would show a change');
  const mac = pfx.sequence();
  const digestInfo = mac.sequence();
  const digestOid = readPlainAlgorithm(digestInfo);
  const expected = digestInfo.octetString();
  digestInfo.finish();
  const digest = macDigests.get(digestOid);
  if (digest === undefined)
    throw new UnsupportedEncryptionError(`its MAC is the unknown ${digestOid}`);
  const salt = mac.octetString();
  const iterations = mac.atEnd ? 1 : budget.readIterations(mac);
  mac.finish();
  pfx.finish();
  const key = pkcs12MacKey(password, salt, iterations, digest);
  const actual = createHmac(digest, key).update(safe).digest();
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw new Pkcs12Error('wrong-password', 'the password is wrong, or the file was changed');
  }
  return safe;
}

function readSafe(info: DerReader, opening: Opening): void {
  const type = info.oid();
  if (type === PKCS12_OID.data) {
    readBags(info.constructed(0xa0).octetString(), opening);
  } else if (type === PKCS12_OID.encryptedData) {
    const data = info.constructed(0xa0).sequence();
    data.skip();
    const encrypted = data.sequence();
    encrypted.oid();
    const algorithm = readDer(encrypted.element());
    readBags(decrypt(algorithm, encrypted.content(0x80), opening), opening);
  } else {
    throw new UnsupportedEncryptionError(`it has contents of the unknown type ${type}`);
  }
}

function readBags(bytes: Buffer, opening: Opening): void {
  const { contents } = opening;
  const bags = readDer(bytes, MAX_BYTES).sequence();
  while (!bags.atEnd) {
    const bag = bags.sequence();
    const type = bag.oid();
    const value = bag.constructed(0xa0);
    if (type === PKCS12_OID.keyBag) {
      contents.privateKeys.push(value.element());
    } else if (type === PKCS12_OID.shroudedKeyBag) {
      const shrouded = value.sequence();
      const algorithm = readDer(shrouded.element());
      contents.privateKeys.push(decrypt(algorithm, shrouded.octetString(), opening));
    } else if (type === PKCS12_OID.certificateBag) {
      const certificate = value.sequence();
      if (certificate.oid() === PKCS12_OID.x509Certificate) {
        contents.certificates.push(certificate.constructed(0xa0).octetString());
      }
    }
    if (!bag.atEnd) contents.friendlyName ??= readFriendlyName(bag.set());
  }
}

function readFriendlyName(attributes: DerReader): string | null {
  while (!attributes.atEnd) {
    const attribute = attributes.sequence();
    if (attribute.oid() !== PKCS12_OID.friendlyName) continue;
    const text = Buffer.from(attribute.set().content(DER_TAG.bmpString));
    return text.length % 2 === 0 ? text.swap16().toString('utf16le') : null;
  }
  return null;
}

function decrypt(algorithm: DerReader, ciphertext: Buffer, { password, budget }: Opening): Buffer {
  const plaintext = decryptWithPassword(algorithm, ciphertext, password, budget);
  if (plaintext !== null) return plaintext;
  throw new Pkcs12Error('wrong-password', 'the contents are under another password than the file');
}

function contentInfo(type: string, content: Buffer): Buffer {
  return der.sequence(der.oid(type), der.explicit(0, content));
}

function safeBag(type: string, value: Buffer, attributes: Buffer | null): Buffer {
  const parts = [der.oid(type), der.explicit(0, value)];
  return attributes === null ? der.sequence(...parts) : der.sequence(...parts, attributes);
}

function certificateBag(certificate: Buffer, attributes: Buffer | null): Buffer {
  const value = der.sequence(
    der.oid(PKCS12_OID.x509Certificate),
    der.explicit(0, der.octetString(certificate)),
  );
  return safeBag(PKCS12_OID.certificateBag, value, attributes);
}

// Readers pair the key with its certificate by the equal localKeyId.
function leafAttributes(friendlyName: string): Buffer {
  const bmpString = der.octetString(Buffer.from(friendlyName, 'utf16le').swap16());
  bmpString[0] = DER_TAG.bmpString;
  return der.setOf(
    der.sequence(der.oid(PKCS12_OID.friendlyName), der.set(bmpString)),
    der.sequence(der.oid(PKCS12_OID.localKeyId), der.set(der.octetString(Buffer.from([1])))),
  );
}

/** `mac`: the key of the MAC, and what it was made of. */
function fileOf(
  safe: Buffer,
  mac: { readonly salt: Buffer; readonly iterations: number; readonly key: Buffer },
): Buffer {
  const digest = createHmac('sha256', mac.key).update(safe).digest();
  return der.sequence(
    der.integer(3),
    contentInfo(PKCS12_OID.data, der.octetString(safe)),
    der.sequence(
      der.sequence(der.sequence(der.oid(OID.sha256), der.null()), der.octetString(digest)),
      der.octetString(mac.salt),
      der.integer(mac.iterations),
    ),
  );
}
