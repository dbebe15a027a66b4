import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerVerdict } from '../../pki/peer.ts';
import type { AcceptedConnection } from '../frontend.ts';
import { clientFacts } from './client-facts.ts';

const leaf = {
  der: Buffer.from([1]),
  fingerprint: 'ab',
  subjectAltNames: [
    { kind: 'email', value: 'a@b' },
    { kind: 'dns', value: 'a.b\r\nX-Client-User: root' },
    { kind: 'uri', value: 'urn:x' },
    { kind: 'ip', value: '10.0.0.1', bytes: Buffer.alloc(4) },
    { kind: 'registered-id', value: '1.2.3' },
  ],
};
const issuer = { der: Buffer.from([2]), fingerprint: 'cd', subjectAltNames: [] };

test('a verified client has its chain, its names escaped, and its user', () => {
  const facts = clientFacts(
    connection({ kind: 'verified', peer: { leaf, chain: [leaf, issuer] } }, 'bj\u00f6rn'),
  );
  assert.equal(facts.user, 'bj\\C3\\B6rn');
  assert.equal(facts.subject, 'CN=a');
  assert.equal(facts.fingerprint, 'ab');
  assert.deepEqual(facts.chain, [leaf.der, issuer.der]);
  assert.deepEqual(facts.sans, [
    'email:a@b',
    'DNS:a.b\\0D\\0AX-Client-User: root',
    'URI:urn:x',
    'IP:10.0.0.1',
  ]);
});

test('a refused certificate is told with what is wrong, and is no user', () => {
  const facts = clientFacts(connection({ kind: 'failed', chain: [leaf] }, null));
  assert.equal(facts.user, null);
  assert.equal(facts.verification, 'SUCCESS', 'as the record says');
  assert.deepEqual(facts.chain, [leaf.der]);
});

test('without a certificate there is nothing to tell but the address', () => {
  const facts = clientFacts(connection({ kind: 'none' }, null));
  assert.deepEqual([facts.sans, facts.chain, facts.fingerprint], [[], [], '']);
  assert.equal(facts.remoteAddress, '192.0.2.1');
});

function connection(verdict: object, user: string | null): AcceptedConnection {
  const record = {
    id: 'h1',
    remoteAddress: '192.0.2.1',
    remotePort: 4,
    version: 'TLSv1.3',
    peer: { subject: 'CN=a' },
    verification: 'SUCCESS',
  };
  const principal = user === null ? null : { user };
  return { record, verdict: verdict as PeerVerdict, principal } as unknown as AcceptedConnection;
}
