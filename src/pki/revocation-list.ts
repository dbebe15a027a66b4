import { hash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { CertificateError } from './certificate-error.ts';
import { DER_TAG, DerError, type DerReader, readDer } from './der.ts';
import { decodeLongPem } from './long-pem.ts';
import { readListExtensions, type ListExtensions } from './revocation-list-extensions.ts';
import { type EntryObstacle, RevokedSerials, type ListedRevocation } from './revoked-serials.ts';
import type { Name } from './name.ts';
import { canonicalName, readName } from './name-der.ts';
import { PemError } from './pem.ts';
import { weakDigests } from './signature.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';

/** Bytes that are no revocation list, or one that can't be used. Quotes nothing but names and numbers. */
export class RevocationListError extends Error {
  override readonly name = 'RevocationListError';
}

/** Largest list that is read, in bytes: some five million entries. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads a revocation list (RFC 5280 section 5) in DER. The bytes are not copied and must not change
 * afterwards; beside them a list of a million entries takes 8 MB, 9 MB more while it is read. Says
 * nothing of who signed it. Throws RevocationListError, for any input.
 */
export function parseRevocationList(bytes: Uint8Array): RevocationList {
  try {
    return new RevocationList(readList(bufferOf(bytes)));
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError) {
      throw new RevocationListError(`revocation list: ${error.message}`);
    }
    throw error;
  }
}

/**
 * The revocation lists of a file: PEM with any number of them (blocks `X509 CRL`, at least one), or DER
 * of one. Throws RevocationListError and PemError.
 */
export function parseRevocationLists(file: Uint8Array): RevocationList[] {
  if (file[0] === DER_TAG.sequence) return [parseRevocationList(file)];
  const blocks = decodeLongPem(bufferOf(file), 'X509 CRL');
  if (blocks.length === 0) {
    throw new PemError('missing', 1, 'neither DER nor a PEM block X509 CRL');
  }
  return blocks.map(parseRevocationList);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface ListFields extends ListExtensions {
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly issuer: Name;
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly entries: RevokedSerials;
  readonly tbs: Buffer;
  readonly signature: Buffer;
}

/** A parsed revocation list. Immutable. */
export class RevocationList {
  readonly issuer: Name;
  /** As Certificate.canonicalSubject. */
  readonly canonicalIssuer: string;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** Milliseconds since the epoch. */
  readonly thisUpdate: number;
  /** Milliseconds since the epoch; null: the list names no next one. */
  readonly nextUpdate: number | null;
  /** Lower-case hex; null: it has none. */
  readonly number: string | null;
  readonly authorityKeyIdentifier: Buffer | null;
  /** How many certificates are listed. */
  readonly count: number;
  /** Why the list can't be used, as the end of a sentence about it; null: it can. */
  readonly obstacle: string | null;
  /** What the signature covers. */
  readonly tbs: Buffer;
  readonly signature: Buffer;
  readonly #entries: RevokedSerials;
  readonly #scope: ListExtensions['scope'];

  constructor(fields: ListFields) {
    this.issuer = fields.issuer;
    this.canonicalIssuer = canonicalName(fields.issuer);
    this.signatureAlgorithm = fields.signatureAlgorithm;
    this.thisUpdate = fields.thisUpdate;
    this.nextUpdate = fields.nextUpdate;
    this.number = fields.number;
    this.authorityKeyIdentifier = fields.authorityKeyIdentifier;
    this.count = fields.entries.count;
    this.obstacle = fields.obstacle ?? entryObstacle(fields.entries) ?? weakness(fields);
    this.tbs = fields.tbs;
    this.signature = fields.signature;
    this.#entries = fields.entries;
    this.#scope = fields.scope;
  }

  /** The entry of a certificate of this list's issuer; null: it isn't listed. In constant time. */
  find(certificate: Certificate): ListedRevocation | null {
    return this.#entries.find(serialContents(certificate.serialNumber));
  }

  /**
   * Whether certificates like this one are listed here when they are revoked: a list may be for CAs, for
   * others, or for those that name one distribution point (RFC 5280 section 5.2.5).
   */
  covers({ extensions }: Certificate): boolean {
    const { only, points } = this.#scope;
    if (only !== null && (only === 'authorities') !== (extensions.basicConstraints?.ca === true)) {
      return false;
    }
    return (
      points === null ||
      extensions.crlDistributionPoints.some(({ names }) =>
        names.some((name) => name.kind === 'uri' && points.includes(name.value)),
      )
    );
  }
}

const entryObstacles: Readonly<Record<EntryObstacle, string>> = {
  indirect: 'an indirect list, with certificates of other CAs in it; give each CA its own list',
  'unknown-critical': 'a list whose entries have a critical extension that is not known here',
};

function entryObstacle({ obstacle }: RevokedSerials): string | null {
  return obstacle === null ? null : entryObstacles[obstacle];
}

function weakness({ signatureAlgorithm: { digest, name } }: ListFields): string | null {
  return digest !== null && weakDigests.has(digest)
    ? `signed with ${name}, which is too weak`
    : null;
}

function readList(der: Buffer): ListFields {
  const outer = readDer(der, MAX_BYTES);
  const list = outer.sequence();
  outer.finish();
  const tbsAt = list.position;
  const fields = list.sequence();
  const tbs = der.subarray(tbsAt, list.position);
  const algorithmAt = list.position;
  const signatureAlgorithm = readSignatureAlgorithm(list);
  const algorithm = der.subarray(algorithmAt, list.position);
  const signature = list.bitString().bytes;
  list.finish();

  const isV2 = fields.nextTag === DER_TAG.integer;
  const versionAt = fields.position;
  if (isV2 && fields.smallInteger() !== 1) {
    throw new DerError('bad-integer', versionAt, 'unknown version');
  }
  const innerAt = fields.position;
  if (!fields.element().equals(algorithm)) {
    throw new DerError('unexpected-tag', innerAt, 'two different signature algorithms');
  }
  const issuer = readName(fields);
  const thisUpdate = fields.time();
  const nextUpdate = isTime(fields) ? fields.time() : null;
  const listed = fields.nextTag === DER_TAG.sequence ? fields.sequence() : null;
  const entries = new RevokedSerials(listed, der, seedFrom(signature));
  const wrapper = isV2 ? fields.optionalConstructed(0) : null;
  const extensions = readListExtensions(wrapper?.sequence() ?? null);
  wrapper?.finish();
  fields.finish();
  return {
    signatureAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate,
    entries,
    tbs,
    signature,
    ...extensions,
  };
}

function isTime({ nextTag }: DerReader): boolean {
  return nextTag === DER_TAG.utcTime || nextTag === DER_TAG.generalizedTime;
}

/** Nobody knows a list's signature before its last serial number is chosen. */
function seedFrom(signature: Buffer): number {
  return hash('sha256', signature, 'buffer').readUInt32BE();
}

/** The contents of the INTEGER that `Certificate.serialNumber` prints. */
function serialContents(hex: string): Buffer {
  if (hex.startsWith('-')) {
    const magnitude = BigInt(`0x${hex.slice(1)}`);
    let bits = 8;
    while (magnitude > 1n << BigInt(bits - 1)) bits += 8;
    const digits = BigInt.asUintN(bits, -magnitude).toString(16);
    return Buffer.from(digits.padStart(bits / 4, '0'), 'hex');
  }
  const isHigh = hex.charCodeAt(0) >= 0x38;
  return Buffer.from(isHigh ? `00${hex}` : hex, 'hex');
}
