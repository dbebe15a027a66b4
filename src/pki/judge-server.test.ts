import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, forge } from '../../test/support/forged-certificate.ts';
import type { AllowedPeer } from './allowed-peer.ts';
import { parseCertificate } from './certificate.ts';
import { judgeServer, type ServerJudgement } from './judge-server.ts';
import { parseName } from './name.ts';

const DAY = 86_400_000;
const at = Date.parse('2027-01-01');
const validity = { notBefore: at - DAY, notAfter: at + DAY };
const root = forge({ subject: 'CN=root', extensions: [extension.ca()], ...validity });
const leaf = forge({
  subject: 'CN=api,O=Example',
  issuer: root,
  ...validity,
  extensions: [
    extension.names(
      { kind: 'dns', value: 'api.internal' },
      { kind: 'uri', value: 'spiffe://example.org/api' },
    ),
  ],
});
const anchor = parseCertificate(root.der);
const certificate = parseCertificate(leaf.der);

type Input = Parameters<typeof judgeServer>[0];

function judge(changes: Partial<Input> = {}): ServerJudgement {
  return judgeServer({
    chain: [certificate],
    opensslError: null,
    requirements: { anchors: [anchor], depth: null, pins: new Set() },
    serverName: 'api.internal',
    allowed: null,
    at,
    ...changes,
  });
}

function outcome(changes: Partial<Input>): string {
  const judgement = judge(changes);
  return judgement.kind === 'verified' ? 'verified' : judgement.fault.code;
}

test('a good server is verified by its name, or by one that is allowed instead', () => {
  const uri: AllowedPeer = { kind: 'uri', uri: 'spiffe://example.org/api' };
  assert.equal(outcome({}), 'verified');
  assert.equal(outcome({ serverName: 'else' }), 'host-mismatch');
  assert.equal(outcome({ serverName: 'else', allowed: [uri] }), 'verified');
  assert.equal(outcome({ allowed: [{ kind: 'host', name: 'else' }] }), 'peer-not-allowed');
  assert.equal(outcome({ allowed: [] }), 'peer-not-allowed');
});

test('a subject is compared whole, its RDNs in any order, its values as they are', () => {
  const dn = (text: string): string =>
    outcome({ allowed: [{ kind: 'dn', name: parseName(text) }] });
  assert.equal(dn('CN=api,O=Example'), 'verified');
  assert.equal(dn('O=Example,CN=api'), 'verified');
  assert.equal(dn('CN=api'), 'peer-not-allowed');
  assert.equal(dn('CN=api,O=example'), 'peer-not-allowed');
  assert.equal(dn('CN=api,O=Example,OU=x'), 'peer-not-allowed');
  assert.equal(dn('CN=api+O=Example'), 'peer-not-allowed');
  assert.equal(outcome({ allowed: [{ kind: 'dn', name: [] }] }), 'peer-not-allowed');
});

test('what OpenSSL has refused stays refused, whatever is allowed', () => {
  const allowed: AllowedPeer[] = [{ kind: 'host', name: 'api.internal' }];
  for (const opensslError of ['CERT_HAS_EXPIRED', 'UNSPECIFIED', 'SOMETHING_NEW']) {
    for (const names of [null, allowed]) {
      assert.equal(judge({ opensslError, allowed: names }).kind, 'failed', opensslError);
    }
  }
  assert.equal(outcome({ opensslError: 'CERT_HAS_EXPIRED' }), 'expired');
});

test('what OpenSSL has admitted is held to all that we ask besides', () => {
  const allowed: AllowedPeer[] = [{ kind: 'host', name: 'api.internal' }];
  const requirements = { anchors: [anchor], depth: null, pins: new Set(['00']) };
  for (const names of [null, allowed]) {
    assert.equal(outcome({ allowed: names, chain: [] }), 'no-certificate');
    assert.equal(outcome({ allowed: names, at: at + 2 * DAY }), 'expired');
    assert.equal(outcome({ allowed: names, requirements }), 'pin-mismatch');
    const untrusted = { ...requirements, anchors: [], pins: new Set<string>() };
    assert.equal(judge({ allowed: names, requirements: untrusted }).kind, 'failed');
  }
});
