import type { KeyObject } from 'node:crypto';
import { CertificateError } from '../pki/certificate-error.ts';
import { type Certificate, parseCertificate } from '../pki/certificate.ts';
import { decodePrivateKey, KeyError, keyMatches } from '../pki/keys.ts';
import { decodePem, PemError } from '../pki/pem.ts';
import type { ServerTlsOptions } from './options.ts';

export type ServerTlsProblemCode =
  /** No certificate where one belongs, or one that can't be read. */
  | 'bad-certificate'
  | 'bad-key'
  /** Encrypted: keys are used as they lie in the file. */
  | 'encrypted-key'
  | 'key-mismatch'
  /** Clients refuse it, and OpenSSL doesn't even load it. */
  | 'weak-key'
  /** Clients refuse it. */
  | 'weak-signature'
  | 'bad-trust-anchor'
  /** Clients are to be verified, and there is nothing to verify them by. */
  | 'no-trust-anchor';

export interface ServerTlsProblem {
  readonly code: ServerTlsProblemCode;
  /** Which of the options it is about. */
  readonly option: 'certPem' | 'keyPem' | 'caPem';
  /** For people; never quotes a key. */
  readonly detail: string;
}

/**
 * What keeps a server certificate from being used, before any client comes: certificate, key, their
 * fit and the trust bundle. Empty: none of these. No OpenSSL context is made; costs some hundred
 * microseconds.
 */
export function checkServerTls(options: ServerTlsOptions): ServerTlsProblem[] {
  const problems: ServerTlsProblem[] = [];
  const chain = readCertificates(options.certPem, 'certPem', problems);
  const key = readKey(options.keyPem, problems);
  const leaf = chain[0];
  if (leaf !== undefined) {
    problems.push(...checkLeaf(leaf, key), ...chain.flatMap(checkSignature));
  }
  if (options.mode !== 'false') {
    const anchors = options.caPem.flatMap((pem) => readCertificates(pem, 'caPem', problems));
    if (anchors.length === 0 && !problems.some(({ option }) => option === 'caPem')) {
      const detail = `mode ${options.mode} needs a trust bundle`;
      problems.push({ code: 'no-trust-anchor', option: 'caPem', detail });
    }
  }
  return problems;
}

function readCertificates(
  pem: string,
  option: 'certPem' | 'caPem',
  problems: ServerTlsProblem[],
): Certificate[] {
  const code = option === 'certPem' ? 'bad-certificate' : 'bad-trust-anchor';
  try {
    const blocks = decodePem(pem).filter(({ label }) => label.endsWith('CERTIFICATE'));
    if (blocks.length === 0)
      problems.push({ code, option, detail: 'there is no certificate in it' });
    return blocks.map(({ bytes }) => parseCertificate(bytes));
  } catch (error) {
    if (!(error instanceof PemError) && !(error instanceof CertificateError)) throw error;
    problems.push({ code, option, detail: error.message });
    return [];
  }
}

function readKey(pem: string, problems: ServerTlsProblem[]): KeyObject | null {
  try {
    return decodePrivateKey(pem);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const code = error.code === 'encrypted' ? 'encrypted-key' : 'bad-key';
    problems.push({ code, option: 'keyPem', detail: error.message });
    return null;
  }
}

function checkLeaf(leaf: Certificate, key: KeyObject | null): ServerTlsProblem[] {
  const problems: ServerTlsProblem[] = [];
  if (key !== null && !keyMatches(key, leaf.spki)) {
    const detail = 'the key is not the one of the certificate';
    problems.push({ code: 'key-mismatch', option: 'keyPem', detail });
  }
  const { family, bits } = leaf.publicKey;
  if (family === 'rsa' && bits !== null && bits < MIN_RSA_BITS) {
    const detail = `an RSA key of ${bits} bits; at least ${MIN_RSA_BITS} are needed`;
    problems.push({ code: 'weak-key', option: 'certPem', detail });
  }
  return problems;
}

const MIN_RSA_BITS = 2048;

/** A self-signed certificate's own signature proves nothing, and OpenSSL doesn't mind it. */
function checkSignature(certificate: Certificate): ServerTlsProblem[] {
  const { digest, name } = certificate.signatureAlgorithm;
  const selfIssued = certificate.canonicalIssuer === certificate.canonicalSubject;
  if (selfIssued || digest === null || !WEAK_DIGESTS.has(digest)) return [];
  return [
    { code: 'weak-signature', option: 'certPem', detail: `a certificate is signed by ${name}` },
  ];
}

const WEAK_DIGESTS: ReadonlySet<string> = new Set(['md2', 'md5', 'sha1']);
