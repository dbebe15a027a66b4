import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { CertificateError, certificateError } from './certificate-error.ts';
import { type DerReader, integerHex, readDer } from './der.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import type { Name } from './name.ts';
import { canonicalName, readName } from './name-der.ts';
import { type PublicKeyFacts, readPublicKey } from './public-key.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';

/**
 * Reads an X.509 certificate (RFC 5280 section 4.1), versions 1 to 3. The bytes are copied once; all
 * that the certificate hands out are views of the copy. Says nothing about whether it is valid or
 * whose it is. Throws CertificateError, for any input.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const reader = new FieldReader(Buffer.from(der));
  return new Certificate(reader.read());
}

/** A parsed certificate. Immutable: the fields are, and the buffers must not be written to. */
export class Certificate {
  readonly der: Buffer;
  readonly version: 1 | 2 | 3;
  /** Lower-case hex of the INTEGER as openssl prints it: whole bytes, `-` before negative ones. */
  readonly serialNumber: string;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly issuer: Name;
  readonly subject: Name;
  readonly issuerDer: Buffer;
  readonly subjectDer: Buffer;
  /** Milliseconds since the epoch, the first in which it is valid. */
  readonly notBefore: number;
  /** Milliseconds since the epoch; valid through the whole second that starts then. */
  readonly notAfter: number;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly publicKey: PublicKeyFacts;
  /** What the signature covers. */
  readonly tbs: Buffer;
  readonly signature: Buffer;
  readonly extensions: Extensions;
  #fingerprint: string | null = null;
  #spkiPin: string | null = null;
  #keyObject: KeyObject | null = null;
  #canonicalSubject: string | null = null;
  #canonicalIssuer: string | null = null;

  constructor(fields: CertificateFields) {
    this.der = fields.der;
    this.version = fields.version;
    this.serialNumber = fields.serialNumber;
    this.signatureAlgorithm = fields.signatureAlgorithm;
    this.issuer = fields.issuer;
    this.subject = fields.subject;
    this.issuerDer = fields.issuerDer;
    this.subjectDer = fields.subjectDer;
    this.notBefore = fields.notBefore;
    this.notAfter = fields.notAfter;
    this.spki = fields.spki;
    this.publicKey = fields.publicKey;
    this.tbs = fields.tbs;
    this.signature = fields.signature;
    this.extensions = fields.extensions;
  }

  /** Names in the order of the certificate; empty where it has no such extension. */
  get subjectAltNames(): readonly GeneralName[] {
    return this.extensions.subjectAltNames;
  }

  /** SHA-256 of the whole certificate, lower-case hex. */
  get fingerprint(): string {
    this.#fingerprint ??= sha256(this.der);
    return this.#fingerprint;
  }

  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
  get spkiPin(): string {
    this.#spkiPin ??= sha256(this.spki);
    return this.#spkiPin;
  }

  /** The public key for node:crypto. Throws what node:crypto throws for a key it doesn't take. */
  get keyObject(): KeyObject {
    this.#keyObject ??= createPublicKey({ key: this.spki, format: 'der', type: 'spki' });
    return this.#keyObject;
  }

  /** Equal to another certificate's exactly when the subjects match (see `canonicalName`). */
  get canonicalSubject(): string {
    this.#canonicalSubject ??= canonicalName(this.subject);
    return this.#canonicalSubject;
  }

  get canonicalIssuer(): string {
    this.#canonicalIssuer ??= this.issuerDer.equals(this.subjectDer)
      ? this.canonicalSubject
      : canonicalName(this.issuer);
    return this.#canonicalIssuer;
  }

  /** Byte for byte the same certificate. */
  equals(other: Certificate): boolean {
    return this === other || this.der.equals(other.der);
  }
}

type CertificateFields = Pick<
  Certificate,
  | 'der'
  | 'version'
  | 'serialNumber'
  | 'signatureAlgorithm'
  | 'issuer'
  | 'subject'
  | 'issuerDer'
  | 'subjectDer'
  | 'notBefore'
  | 'notAfter'
  | 'spki'
  | 'publicKey'
  | 'tbs'
  | 'signature'
  | 'extensions'
>;

/** Reads one certificate and remembers which field it is at, for errors. */
class FieldReader {
  readonly #der: Buffer;
  #field = 'Certificate';

  constructor(der: Buffer) {
    this.#der = der;
  }

  read(): CertificateFields {
    try {
      return this.#certificate();
    } catch (error) {
      throw certificateError(error, 'malformed', this.#field);
    }
  }

  #certificate(): CertificateFields {
    const outer = readDer(this.#der);
    const certificate = outer.sequence();
    outer.finish();
    const tbs = certificate.element();
    certificate.position -= tbs.length;
    const fields = certificate.sequence();

    this.#field = 'version';
    const version = readVersion(fields);
    this.#field = 'serialNumber';
    const serialNumber = integerHex(fields.integer());
    this.#field = 'signature';
    const innerAlgorithm = fields.element();
    this.#field = 'issuer';
    const issuerAt = fields.position;
    const issuer = readName(fields);
    const issuerDer = this.#der.subarray(issuerAt, fields.position);
    this.#field = 'validity';
    const validity = fields.sequence();
    const notBefore = validity.time();
    const notAfter = validity.time();
    validity.finish();
    this.#field = 'subject';
    const subjectAt = fields.position;
    const subject = readName(fields);
    const subjectDer = this.#der.subarray(subjectAt, fields.position);
    this.#field = 'subjectPublicKeyInfo';
    const spkiAt = fields.position;
    const publicKey = readPublicKey(fields);
    const spki = this.#der.subarray(spkiAt, fields.position);
    this.#field = 'uniqueIdentifiers';
    for (const n of [1, 2]) if (fields.nextTag === (0x80 | n)) fields.skip();
    this.#field = 'extensions';
    const extensionsAt = fields.position;
    const wrapper = fields.optionalConstructed(3);
    if (wrapper !== null && version !== 3) {
      throw new CertificateError(
        'bad-version',
        'version',
        extensionsAt,
        `extensions in a version ${version} certificate`,
      );
    }
    const list = wrapper?.sequence() ?? null;
    wrapper?.finish();
    const extensions = readExtensions(list);
    this.#field = 'tbsCertificate';
    fields.finish();

    this.#field = 'signatureAlgorithm';
    const algorithmAt = certificate.position;
    const signatureAlgorithm = readSignatureAlgorithm(certificate);
    if (!innerAlgorithm.equals(this.#der.subarray(algorithmAt, certificate.position))) {
      throw new CertificateError(
        'signature-algorithm-mismatch',
        'signatureAlgorithm',
        algorithmAt,
        'not the one that the signed part names',
      );
    }
    this.#field = 'signatureValue';
    const signature = certificate.bitString().bytes;
    certificate.finish();
    return {
      der: this.#der,
      version,
      serialNumber,
      signatureAlgorithm,
      issuer,
      subject,
      issuerDer,
      subjectDer,
      notBefore,
      notAfter,
      spki,
      publicKey,
      tbs,
      signature,
      extensions,
    };
  }
}

function readVersion(fields: DerReader): 1 | 2 | 3 {
  const start = fields.position;
  const wrapper = fields.optionalConstructed(0);
  if (wrapper === null) return 1;
  const version = wrapper.smallInteger();
  wrapper.finish();
  if (version === 0) return 1;
  if (version === 1) return 2;
  if (version === 2) return 3;
  throw new CertificateError('bad-version', 'version', start, `unknown version ${version + 1}`);
}

function sha256(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}
