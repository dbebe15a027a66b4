import { DerError } from './der.ts';

export type CertificateErrorCode =
  /** The bytes are not DER of the structure that X.509 prescribes. */
  | 'malformed'
  | 'bad-version'
  /** The two places that name the signature algorithm disagree. */
  | 'signature-algorithm-mismatch'
  | 'duplicate-extension'
  | 'bad-extension';

/** Bytes that are no X.509 certificate. Safe to log: the message quotes nothing but names and numbers. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code: CertificateErrorCode;
  /** The part of the certificate, by its name in RFC 5280, such as `subject` or `keyUsage`. */
  readonly field: string;
  /** Bytes from the start of the certificate. */
  readonly offset: number;

  constructor(code: CertificateErrorCode, field: string, offset: number, explanation: string) {
    super(`certificate: ${field}: ${explanation}`);
    this.code = code;
    this.field = field;
    this.offset = offset;
  }
}

/** Turns a DerError met in `field` into a CertificateError; other errors stay as they are. */
export function certificateError(
  error: unknown,
  code: CertificateErrorCode,
  field: string,
): unknown {
  if (!(error instanceof DerError)) return error;
  return new CertificateError(code, field, error.offset, error.message);
}
