import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { CertificateError } from '../pki/certificate-error.ts';
import {
  type CertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
} from '../pki/certificate-request.ts';
import { DerError } from '../pki/der.ts';
import { decodePrivateKey, decodePublicKey, KeyError } from '../pki/keys.ts';
import { decodePem, encodePem, type PemBlock } from '../pki/pem.ts';
import { Pkcs12Error, readPkcs12 } from '../pki/pkcs12.ts';
import {
  parseRevocationList,
  type RevocationList,
  RevocationListError,
} from '../pki/revocation-list.ts';
import { CliError } from './context.ts';

/** One thing that a file holds. */
export type InspectedItem =
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  | { readonly type: 'request'; readonly request: CertificateRequest }
  | { readonly type: 'crl'; readonly crl: RevocationList }
  /** Null: it is encrypted. */
  | { readonly type: 'private-key'; readonly key: KeyObject | null }
  | { readonly type: 'public-key'; readonly key: KeyObject }
  | { readonly type: 'other'; readonly label: string };

export interface InspectedFile {
  readonly format: 'PEM' | 'DER' | 'PKCS#12';
  readonly items: readonly InspectedItem[];
}

/** Most bytes of a file that is looked at. */
export const MAX_INSPECTED_BYTES = 64 * 1024 * 1024;

/**
 * Reads whatever `bytes` are: PEM with any blocks, or DER of a certificate, request, CRL, key or
 * PKCS#12 file, for which `password` is asked (null: nobody knows it). Throws CliError and PemError.
 */
export async function readInspectedFile(
  bytes: Buffer,
  password: () => Promise<string | null>,
): Promise<InspectedFile> {
  if (bytes.length === 0) throw new CliError('the file is empty');
  if (bytes[0] !== 0x30 || bytes.includes('-----BEGIN ')) {
    const blocks = decodePem(bytes.toString('utf8'));
    if (blocks.length > 0) return { format: 'PEM', items: blocks.map(readBlock) };
  }
  if (isPkcs12(bytes)) return { format: 'PKCS#12', items: readBundle(bytes, await password()) };
  return { format: 'DER', items: [readDerItem(bytes)] };
}

function readBlock(block: PemBlock): InspectedItem {
  try {
    switch (block.label) {
      case 'CERTIFICATE':
      case 'X509 CERTIFICATE':
        return { type: 'certificate', certificate: parseCertificate(block.bytes) };
      case 'CERTIFICATE REQUEST':
      case 'NEW CERTIFICATE REQUEST':
        return { type: 'request', request: parseCertificateRequest(block.bytes) };
      case 'X509 CRL':
        return { type: 'crl', crl: parseRevocationList(block.bytes) };
      case 'PUBLIC KEY':
        return { type: 'public-key', key: decodePublicKey(block.bytes) };
      default:
        return block.label.endsWith('PRIVATE KEY')
          ? { type: 'private-key', key: readKey(block) }
          : { type: 'other', label: block.label };
    }
  } catch (error) {
    if (isParseError(error)) throw new CliError(`line ${block.line}: ${error.message}`);
    throw error;
  }
}

function readKey(block: PemBlock): KeyObject | null {
  if (block.label === 'ENCRYPTED PRIVATE KEY' || block.headers.length > 0) return null;
  return decodePrivateKey(encodePem(block.label, block.bytes));
}

function readDerItem(bytes: Buffer): InspectedItem {
  const readers: readonly (() => InspectedItem)[] = [
    () => ({ type: 'certificate', certificate: parseCertificate(bytes) }),
    () => ({ type: 'request', request: parseCertificateRequest(bytes) }),
    () => ({ type: 'crl', crl: parseRevocationList(bytes) }),
    () => ({ type: 'public-key', key: decodePublicKey(bytes) }),
    () => ({ type: 'private-key', key: readDerKey(bytes) }),
  ];
  let first = '';
  for (const read of readers) {
    try {
      return read();
    } catch (error) {
      if (!isParseError(error)) throw error;
      if (first === '') first = error.message;
    }
  }
  throw new CliError(
    `neither PEM nor DER of a certificate, request, CRL, key or PKCS#12 (read as a ${first})`,
  );
}

function readDerKey(bytes: Buffer): KeyObject {
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: bytes, format: 'der', type });
    } catch {
      // Not this form; the next is tried.
    }
  }
  throw new KeyError('unreadable', 'no private key');
}

// PFX begins with version 3; no certificate, request, list or key does.
function isPkcs12(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 8) return false;
  const start = bytes[1] < 0x80 ? 2 : 2 + (bytes[1] & 0x7f);
  return bytes.subarray(start, start + 3).equals(Buffer.from([2, 1, 3]));
}

function readBundle(bytes: Buffer, password: string | null): InspectedItem[] {
  if (password === null) {
    throw new CliError(
      'the PKCS#12 file has a password; give --password or COUNTERSIGN_P12_PASSWORD',
    );
  }
  try {
    const { certificates, privateKeys } = readPkcs12(bytes, password);
    return [
      ...certificates.map(
        (der) => ({ type: 'certificate', certificate: parseCertificate(der) }) as const,
      ),
      ...privateKeys.map((der) => ({ type: 'private-key', key: readDerKey(der) }) as const),
    ];
  } catch (error) {
    if (error instanceof Pkcs12Error)
      throw new CliError(`PKCS#12: ${error.message}${remedies[error.code]}`);
    if (isParseError(error)) throw new CliError(`PKCS#12: ${error.message}`);
    throw error;
  }
}

const remedies = {
  malformed: '',
  'wrong-password': '; give the right one with --password',
  unsupported: '; write it again with openssl pkcs12 -export',
} as const;

function isParseError(error: unknown): error is Error {
  return (
    error instanceof CertificateError ||
    error instanceof CertificateRequestError ||
    error instanceof DerError ||
    error instanceof RevocationListError ||
    error instanceof KeyError
  );
}
