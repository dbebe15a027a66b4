import {
  type CertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../pki/certificate-request.ts';
import { decodePemLabelled, PemError } from '../pki/pem.ts';

export type SignedRequest =
  | { readonly kind: 'good'; readonly request: CertificateRequest }
  /** `problem` quotes nothing of the text. */
  | { readonly kind: 'bad'; readonly problem: string };

const LABELS = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'];

/** Reads a certification request, PEM, whose signature shows that its sender has the key. */
export function readSignedRequest(pem: string): SignedRequest {
  try {
    const request = parseCertificateRequest(decodePemLabelled(pem, LABELS)[0].bytes);
    if (verifyCertificateRequest(request) === 'good') return { kind: 'good', request };
    return { kind: 'bad', problem: 'the request is not signed, soundly, by the key it is for' };
  } catch (error) {
    if (error instanceof PemError || error instanceof CertificateRequestError) {
      return { kind: 'bad', problem: error.message };
    }
    throw error;
  }
}
