import assert from 'node:assert/strict';
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.ts';
import { CertificateError } from '../../../src/pki/certificate-error.ts';
import { describeCertificate } from '../../../src/pki/describe-certificate.ts';
import { parseName, printName, printNameForHeader } from '../../../src/pki/name.ts';
import { judgePeer } from '../../../src/pki/peer.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { CERTIFICATE_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const corpus = corpusOf('fuzz/certificate/*.der');
const root = parseCertificate(corpusOf('fuzz/certificate/root.der')[0] ?? assert.fail());
const requirements = { anchors: [root], depth: 1, pins: new Set<string>() };

/** Certificates, and the verdict on a client that presents one. */
export const certificateTarget: FuzzTarget = {
  name: 'certificate',
  corpus,
  tokens: CERTIFICATE_TOKENS,
  mutations: derMutations,
  // Signatures are verified with keys that were never meant for them.
  microsecondsPerByte: 6,
  check(input) {
    let certificate: Certificate;
    try {
      certificate = parseCertificate(input);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      assert.match(error.message, /^[ -~]{1,300}$/);
      assert.ok(error.offset >= 0 && error.offset <= input.length, `offset ${error.offset}`);
      return false;
    }
    checkCertificate(certificate);
    const chain = [certificate, root];
    judgePeer({ chain, opensslError: null, requirements, at: 1.8e12 });
    return true;
  },
};

/** What is read survives printing, and its own bytes. */
function checkCertificate(certificate: Certificate): void {
  JSON.stringify(describeCertificate(certificate));
  const printed = printName(certificate.subject);
  assert.equal(printName(parseName(printed)), printed);
  assert.match(printNameForHeader(certificate.subject), /^[ -~]*$/);
  const again = parseCertificate(certificate.der);
  assert.equal(again.canonicalSubject, certificate.canonicalSubject);
  assert.equal(again.fingerprint, certificate.fingerprint);
}
