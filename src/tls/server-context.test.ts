import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { acceptingServer, serverTls } from '../../test/support/accepting-server.ts';
import { OpensslCa } from '../../test/support/openssl-certificates.ts';
import { connectTls } from '../../test/support/tls-client.ts';
import type { ServerTlsOptions } from './options.ts';
import { sessionBinding } from './server-context.ts';

const ca = new OpensslCa('my-ca');
const otherCa = new OpensslCa('my-ca');
after(() => {
  ca.remove();
  otherCa.remove();
});
const server = ca.issue('localhost', ['DNS:localhost']);
const alice = ca.issue('alice', []);
const base = serverTls(server, [ca.root.certPem]);

const changes: readonly Partial<ServerTlsOptions>[] = [
  { certPem: ca.root.certPem },
  { certPem: '', keyPem: '', materialId: 1 },
  { certPem: '', keyPem: '', materialId: 2 },
  { snis: ['a.com'] },
  { snis: ['a.com', 'b.com'] },
  { mode: 'optional' },
  { mapping: true },
  { admitsUnverified: true },
  { depth: 0 },
  { minVersion: 'TLSv1.3' },
  { caPem: [otherCa.root.certPem] },
  { caPem: [ca.root.certPem, otherCa.root.certPem] },
  { caPem: [] },
  { pins: new Set(['00'.repeat(32)]) },
  { crls: [Buffer.from('a list')] },
];

test('a session is bound to everything that admission rests on', () => {
  const bindings = [base, ...changes.map((change) => ({ ...base, ...change }))].map(sessionBinding);
  assert.equal(new Set(bindings).size, bindings.length);
  for (const binding of bindings) assert.match(binding, /^[\w-]{32}$/);
});

test('a session is bound to nothing else, and to pins and names in any order', () => {
  const pins = ['aa'.repeat(32), 'bb'.repeat(32)];
  const one = sessionBinding({ ...base, name: 'a', snis: ['x', 'y'], pins: new Set(pins) });
  const two = sessionBinding({
    ...base,
    name: 'b',
    snis: ['y', 'x'],
    pins: new Set(pins.toReversed()),
  });
  assert.equal(one, two);
});

test('anchors are trusted as they are configured: an intermediate, a self-signed leaf', async (t) => {
  const selfSigned = otherCa.root;
  const fallback = serverTls(server, [alice.certPem, selfSigned.certPem]);
  const accepting = await acceptingServer(t, { fallback });
  for (const pair of [alice, selfSigned]) {
    const [outcome] = await Promise.all([accepting.next(), connectTls(accepting.port, { pair })]);
    assert.ok(outcome.kind === 'established');
    const { verdict } = outcome;
    assert.equal(verdict.kind === 'failed' ? verdict.cause.detail : verdict.kind, 'verified');
  }
});

test('a certificate of a CA of the same name and another key is not verified', async (t) => {
  const accepting = await acceptingServer(t, { fallback: base });
  const [outcome] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, { pair: otherCa.issue('alice', []) }),
  ]);
  assert.ok(outcome.kind === 'established');
  assert.equal(outcome.verdict.kind, 'failed');
});

test('offers forward-secret authenticated suites alone on TLS 1.2', async (t) => {
  const accepting = await acceptingServer(t, { fallback: base });
  const [outcome] = await Promise.all([
    accepting.next(),
    connectTls(accepting.port, { pair: alice, version: 'TLSv1.2' }),
  ]);
  assert.match(outcome.record.cipher ?? '', /^TLS_ECDHE_\w+_WITH_AES_128_GCM_SHA256$/);
});

test('exchanges keys on curves and by ML-KEM, not in finite fields', async (t) => {
  const accepting = await acceptingServer(t, { fallback: base });
  const hasMlKem = /^3\.[5-9]|^[4-9]/.test(process.versions.openssl);
  const groups = ['X25519', 'P-256', 'P-384', ...(hasMlKem ? ['X25519MLKEM768'] : [])];
  for (const group of groups) {
    const sight = await connectTls(accepting.port, { pair: alice, groups: group });
    assert.equal(sight.received, 'hello\n', group);
  }
  for (const group of ['ffdhe2048', 'ffdhe3072']) {
    const sight = await connectTls(accepting.port, { pair: alice, groups: group });
    assert.equal(sight.alert, 40, group);
  }
});
