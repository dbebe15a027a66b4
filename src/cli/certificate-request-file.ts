import {
  type CertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../pki/certificate-request.ts';
import { decodePemLabelled, PemError } from '../pki/pem.ts';
import { readBoundedFile } from './bounded-file.ts';
import { CliError } from './context.ts';

const MAX_BYTES = 1024 * 1024;

/** Reads a request, PEM or DER, whose signature shows that its sender has the key. Throws CliError. */
export async function readVerifiedRequest(path: string): Promise<CertificateRequest> {
  const bytes = await readBoundedFile(path, MAX_BYTES);
  try {
    const isDer = bytes[0] === 0x30;
    const labels = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];
    const request = parseCertificateRequest(
      isDer ? bytes : decodePemLabelled(bytes.toString('utf8'), labels)[0].bytes,
    );
    const verdict = verifyCertificateRequest(request);
    if (verdict === 'good') return request;
    throw new CliError(`${path}: ${verdicts[verdict]}; make the request again`);
  } catch (error) {
    if (error instanceof PemError || error instanceof CertificateRequestError) {
      throw new CliError(`${path}: ${error.message}; give a certificate request, PEM or DER`);
    }
    throw error;
  }
}

const verdicts = {
  bad: 'the request is not signed by the key it is for',
  weak: 'the request is signed with SHA-1 or older',
  unsupported: 'the request has a key or signature of an unknown kind',
} as const;
