import assert from 'node:assert/strict';
import { type Certificate, parseCertificate } from '../../../src/pki/certificate.ts';
import { CertificateError } from '../../../src/pki/certificate-error.ts';
import { DerError, readDer } from '../../../src/pki/der.ts';
import { verifyChain } from '../../../src/pki/verify-chain.ts';
import { verifyServerCertificate } from '../../../src/pki/verify-server-certificate.ts';
import { derMutations } from '../../support/der-mutation.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { CERTIFICATE_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const corpus = corpusOf('fuzz/chain/*.der');
const anchor = parseCertificate(corpusOf('fuzz/chain/anchor.der')[0] ?? assert.fail());
const requirements = { anchors: [anchor], depth: null, pins: new Set<string>() };
const at = Date.UTC(2027, 0, 1);

/** What certificates of the corpus say: nobody else has the keys that sign it. */
const signed = new Set(
  corpus.flatMap((chain) => (readChain(chain) ?? []).map(({ tbs }) => tbs.toString('base64'))),
);

/** Chains of certificates behind each other, verified: whatever was changed is on no verified path. */
export const chainTarget: FuzzTarget = {
  name: 'chain',
  corpus,
  tokens: CERTIFICATE_TOKENS,
  mutations: derMutations,
  microsecondsPerByte: 6,
  check(input) {
    const chain = readChain(input);
    if (chain === null) return false;
    const verdict = verifyChain({ chain, requirements, purpose: 'client', at });
    if (verdict.kind === 'verified') {
      assert.equal(verdict.path.at(-1)?.fingerprint, anchor.fingerprint);
      for (const { tbs } of verdict.path) assert.ok(signed.has(tbs.toString('base64')));
    } else {
      for (const { detail } of verdict.causes) assert.match(detail, /^[ -~]{1,1000}$/);
    }
    const server = verifyServerCertificate({ chain, requirements, at, serverName: 'x.a.test' });
    assert.equal(server.kind, 'failed');
    return true;
  },
};

/** Null: not a chain of certificates that can be read, one at least. */
function readChain(input: Buffer): Certificate[] | null {
  const chain: Certificate[] = [];
  try {
    const reader = readDer(input);
    do chain.push(parseCertificate(reader.element()));
    while (!reader.atEnd);
    return chain;
  } catch (error) {
    if (error instanceof CertificateError || error instanceof DerError) return null;
    throw error;
  }
}
