import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Principal } from '../identity/user-directory.ts';
import type { Certificate } from '../pki/certificate.ts';
import type { PeerVerdict, VerifiedPeer } from '../pki/peer.ts';
import { type AccessRules, decide, decideAsIfRequired } from './decide.ts';

const NOW = Date.UTC(2026, 5, 1);
const leaf = { notAfter: NOW + 1000 } as Certificate;
const none: PeerVerdict = { kind: 'none' };
const verified: PeerVerdict = {
  kind: 'verified',
  peer: { leaf, chain: [leaf] } as unknown as VerifiedPeer,
};
const failed: PeerVerdict = {
  kind: 'failed',
  cause: { code: 'unknown-issuer', detail: 'CN=other', certificate: leaf },
  leaf,
  chain: [leaf],
};
const derek: Principal = {
  user: 'derek@nats.io',
  matchedBy: { kind: 'email', value: 'derek@nats.io' },
};

function rules(mode: AccessRules['mode'], more: Partial<AccessRules> = {}): AccessRules {
  return { mode, mapping: false, allow: null, ...more };
}

function outcome(...input: Parameters<typeof decide>): string {
  const decision = decide(...input);
  return decision.decision === 'admit' ? `admit ${decision.user}` : `refuse ${decision.code}`;
}

describe('the handshake is decided by the client-auth mode', () => {
  const table: [AccessRules['mode'], PeerVerdict, string][] = [
    ['false', none, 'admit null'],
    ['optional', none, 'admit null'],
    ['observe', none, 'admit null'],
    ['true', none, 'refuse no-certificate'],
    ['false', failed, 'admit null'],
    ['optional', failed, 'refuse unknown-issuer'],
    ['observe', failed, 'admit null'],
    ['true', failed, 'refuse unknown-issuer'],
    ['optional', verified, 'admit null'],
    ['observe', verified, 'admit null'],
    ['true', verified, 'admit null'],
  ];
  for (const [mode, verdict, expected] of table) {
    test(`${mode}, certificate ${verdict.kind}: ${expected}`, () => {
      assert.equal(outcome(verdict, null, 'connect', rules(mode), NOW), expected);
    });
  }

  test('with mapping a verified client that matches no user is refused', () => {
    const mapped = rules('true', { mapping: true });
    assert.equal(outcome(verified, null, 'connect', mapped, NOW), 'refuse no-user-matches');
    assert.equal(outcome(verified, derek, 'connect', mapped, NOW), 'admit derek@nats.io');
  });

  test('observe records what true would have said', () => {
    assert.deepEqual(decideAsIfRequired(none, null, rules('observe'), NOW), {
      decision: 'refuse',
      code: 'no-certificate',
      user: null,
      detail: 'no certificate was presented',
    });
  });
});

describe('each request is decided again', () => {
  test('a certificate that expired since the handshake is refused', () => {
    assert.equal(
      outcome(verified, derek, 'request', rules('true'), NOW + 1000),
      'admit derek@nats.io',
    );
    assert.equal(outcome(verified, derek, 'request', rules('true'), NOW + 1001), 'refuse expired');
  });

  test('allow admits only the users it names', () => {
    const allow = new Set(['derek@nats.io']);
    assert.equal(
      outcome(verified, derek, 'request', rules('true', { allow }), NOW),
      'admit derek@nats.io',
    );
    const other = { ...derek, user: 'other' };
    assert.equal(
      outcome(verified, other, 'request', rules('true', { allow }), NOW),
      'refuse user-not-allowed',
    );
  });

  test('an empty allow admits nobody', () => {
    const closed = rules('true', { allow: new Set() });
    assert.equal(outcome(verified, derek, 'request', closed, NOW), 'refuse user-not-allowed');
  });

  for (const mode of ['false', 'observe', 'optional'] as const) {
    test(`allow needs a user in mode ${mode} too`, () => {
      const guarded = rules(mode, { allow: new Set(['derek@nats.io']) });
      assert.equal(outcome(none, null, 'request', guarded, NOW), 'refuse user-not-allowed');
    });
  }

  test('an exempt path needs no certificate, but its allow holds', () => {
    assert.equal(outcome(none, null, 'exempt-request', rules('true'), NOW), 'admit null');
    assert.equal(outcome(failed, null, 'exempt-request', rules('true'), NOW), 'admit null');
    const guarded = rules('true', { allow: new Set(['derek@nats.io']) });
    assert.equal(outcome(none, null, 'exempt-request', guarded, NOW), 'refuse user-not-allowed');
    assert.equal(outcome(verified, derek, 'exempt-request', guarded, NOW), 'admit derek@nats.io');
    assert.equal(
      outcome(verified, derek, 'exempt-request', guarded, NOW + 1001),
      'refuse user-not-allowed',
    );
  });

  test('a decision allocates nothing for an admitted request', () => {
    const first = decide(verified, derek, 'request', rules('true'), NOW);
    assert.equal(decide(verified, derek, 'request', rules('true'), NOW), first);
  });
});
