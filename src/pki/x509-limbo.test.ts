// The chains of x509-limbo: the verdict is the one that the case expects, or a reason is written down.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LimboCase, limboCases } from '../../test/vectors/x509-limbo/cases.ts';
import { leftOut } from '../../test/vectors/x509-limbo/left-out.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { CertificateError } from './certificate-error.ts';
import { decodeCertificates } from './pem.ts';
import { parseRevocationLists, RevocationListError } from './revocation-list.ts';
import { RevocationLists } from './revocation-lists.ts';
import { type PeerRequirements, verifyChain } from './verify-chain.ts';
import { verifyServerCertificate } from './verify-server-certificate.ts';

/** `verified`, or the code of the first cause, or the error of a certificate that can't be read. */
function verdictOn(input: LimboCase): string {
  try {
    const chain = [input.peer_certificate, ...input.untrusted_intermediates].map(read);
    const requirements: PeerRequirements = {
      anchors: input.trusted_certs.map(read),
      depth: input.max_chain_depth,
      pins: new Set(),
      revocation: revocationOf(input),
    };
    const at = input.validation_time === null ? Date.now() : Date.parse(input.validation_time);
    const serverName = input.expected_peer_name?.value ?? null;
    const verdict =
      input.validation_kind === 'CLIENT' || serverName === null
        ? verifyChain({
            chain,
            requirements,
            purpose: input.validation_kind === 'CLIENT' ? 'client' : 'server',
            at,
          })
        : verifyServerCertificate({ chain, requirements, serverName, at });
    if (verdict.kind === 'failed') return verdict.causes[0].code;
    return hasNames(chain[0], input) ? 'verified' : 'other names';
  } catch (error) {
    if (error instanceof CertificateError || error instanceof RevocationListError) {
      return error.message;
    }
    throw error;
  }
}

function read(pem: string): Certificate {
  return parseCertificate(decodeCertificates(pem)[0] ?? assert.fail());
}

function revocationOf({ crls }: LimboCase): RevocationLists | null {
  if (crls.length === 0) return null;
  return new RevocationLists(crls.flatMap((pem) => parseRevocationLists(Buffer.from(pem))));
}

/** Mailboxes of a client, which are compared with the SANs as they stand. */
function hasNames(
  leaf: Certificate | undefined,
  { expected_peer_names: names }: LimboCase,
): boolean {
  return names.every(({ value }) =>
    leaf?.subjectAltNames.some((name) => name.kind === 'email' && name.value === value),
  );
}

const cases = limboCases();

describe('x509-limbo', () => {
  for (const input of cases) {
    const { id, expected_result: expected } = input;
    const reason = leftOut[id];
    test(reason === undefined ? id : `${id}: otherwise, since ${reason}`, () => {
      const verdict = verdictOn(input);
      const isAsExpected = (verdict === 'verified') === (expected === 'SUCCESS');
      assert.equal(isAsExpected, reason === undefined, `${verdict}; ${input.description}`);
    });
  }
});

test('every case that is left out is one of them', () => {
  const ids = new Set(cases.map(({ id }) => id));
  assert.deepEqual(
    Object.keys(leftOut).filter((id) => !ids.has(id)),
    [],
  );
  assert.equal(cases.length, 193);
});
