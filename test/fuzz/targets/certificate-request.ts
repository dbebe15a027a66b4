import assert from 'node:assert/strict';
import {
  type CertificateRequest,
  CertificateRequestError,
  parseCertificateRequest,
  verifyCertificateRequest,
} from '../../../src/pki/certificate-request.ts';
import { printGeneralName } from '../../../src/pki/general-name.ts';
import { printName } from '../../../src/pki/name.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { CERTIFICATE_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const corpus = corpusOf('fuzz/request/*.der');

/** Certification requests. None but an untouched one has a good signature. */
export const certificateRequestTarget: FuzzTarget = {
  name: 'certification request',
  corpus,
  tokens: CERTIFICATE_TOKENS,
  mutations: derMutations,
  microsecondsPerByte: 6,
  check(input) {
    let request: CertificateRequest;
    try {
      request = parseCertificateRequest(input);
    } catch (error) {
      if (!(error instanceof CertificateRequestError)) throw error;
      assert.match(error.message, /^request: [ -~]{1,300}$/);
      return false;
    }
    printName(request.subject);
    for (const name of request.subjectAltNames) printGeneralName(name);
    const verdict = verifyCertificateRequest(request);
    const isWhole = corpus.some((original) => isSigned(original, request));
    assert.ok(verdict !== 'good' || isWhole, 'a changed request is good');
    return true;
  },
};

function isSigned(original: Buffer, { info, spki }: CertificateRequest): boolean {
  const { info: signed, spki: signer } = parseCertificateRequest(original);
  return signed.equals(info) && signer.equals(spki);
}
