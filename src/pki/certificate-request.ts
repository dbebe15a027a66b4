import { der } from './der-writer.ts';
import { DerError, type DerReader, readDer } from './der.ts';
import { readExtensions } from './extensions.ts';
import { CertificateError } from './certificate-error.ts';
import type { GeneralName } from './general-name.ts';
import { encodeGeneralNames } from './general-name-writer.ts';
import type { Name } from './name.ts';
import { encodeName, readName } from './name-der.ts';
import { OID } from './oids.ts';
import { type PublicKeyFacts, readPublicKey } from './public-key.ts';
import {
  signatureAlgorithmIdentifiers,
  type SignatureVerdict,
  verifySignature,
} from './signature.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';
import type { Signer } from './signer.ts';

/** A parsed certification request (PKCS#10, RFC 2986). What it asks for is a wish, not a fact. */
export interface CertificateRequest {
  readonly subject: Name;
  /** Empty where none are asked for. */
  readonly subjectAltNames: readonly GeneralName[];
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer;
  readonly publicKey: PublicKeyFacts;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** What the signature covers. */
  readonly info: Buffer;
  readonly signature: Buffer;
}

/** Bytes that are no certification request. The message quotes nothing but names and numbers. */
export class CertificateRequestError extends Error {
  override readonly name = 'CertificateRequestError';
}

/**
 * Reads a certification request. Does not say whether its holder has the private key: that is
 * `verifyCertificateRequest`. Throws CertificateRequestError, for any input.
 */
export function parseCertificateRequest(bytes: Uint8Array): CertificateRequest {
  try {
    return readRequest(readDer(Buffer.from(bytes)));
  } catch (error) {
    if (error instanceof DerError || error instanceof CertificateError) {
      throw new CertificateRequestError(`request: ${error.message}`);
    }
    throw error;
  }
}

/** Whether the request is signed by the key it is for; nothing may be issued for one that isn't `good`. */
export function verifyCertificateRequest(request: CertificateRequest): SignatureVerdict {
  const { signatureAlgorithm, spki, info, signature } = request;
  return verifySignature(signatureAlgorithm, spki, info, signature);
}

/** Builds a certification request for the signer's own key and returns its DER. */
export async function buildCertificateRequest(
  wanted: { readonly subject: Name; readonly subjectAltNames: readonly GeneralName[] },
  signer: Signer,
): Promise<Buffer> {
  const info = der.sequence(
    der.integer(0),
    encodeName(wanted.subject),
    signer.publicKey,
    der.implicit(0, encodeAttributes(wanted.subjectAltNames), true),
  );
  return der.sequence(
    info,
    signatureAlgorithmIdentifiers[signer.algorithm],
    der.bitString(await signer.sign(info)),
  );
}

function encodeAttributes(names: readonly GeneralName[]): Buffer {
  if (names.length === 0) return Buffer.alloc(0);
  const extension = der.sequence(
    der.oid(OID.subjectAltName),
    der.octetString(encodeGeneralNames(names)),
  );
  return der.sequence(der.oid(OID.extensionRequest), der.set(der.sequence(extension)));
}

function readRequest(outer: DerReader): CertificateRequest {
  const request = outer.sequence();
  outer.finish();
  const infoAt = request.position;
  const fields = request.sequence();
  const info = outer.bytes.subarray(infoAt, request.position);
  const versionAt = fields.position;
  if (fields.smallInteger() !== 0) throw new DerError('bad-integer', versionAt, 'unknown version');
  const subject = readName(fields);
  const spkiAt = fields.position;
  const publicKey = readPublicKey(fields);
  const spki = outer.bytes.subarray(spkiAt, fields.position);
  const subjectAltNames = readAttributes(fields.optionalConstructed(0));
  fields.finish();
  const signatureAlgorithm = readSignatureAlgorithm(request);
  const signatureAt = request.position;
  const { bytes: signature, unusedBits } = request.bitString();
  if (unusedBits !== 0) throw new DerError('bad-bit-string', signatureAt, 'signature of odd bits');
  request.finish();
  return { subject, subjectAltNames, spki, publicKey, signatureAlgorithm, info, signature };
}

// Some programs leave out the attributes where they have none, although RFC 2986 wants them.
function readAttributes(attributes: DerReader | null): readonly GeneralName[] {
  let found: readonly GeneralName[] | null = null;
  while (attributes !== null && !attributes.atEnd) {
    const start = attributes.position;
    const attribute = attributes.sequence();
    const isExtensionRequest = attribute.oid() === OID.extensionRequest;
    const values = attribute.set();
    attribute.finish();
    if (!isExtensionRequest) continue;
    if (found !== null) throw new DerError('trailing-data', start, 'two requests for extensions');
    found = readExtensions(values.sequence()).subjectAltNames;
    values.finish();
  }
  return found ?? [];
}
