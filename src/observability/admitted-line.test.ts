import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUsual, putAdmitted } from './admitted-line.ts';
import type { HandshakeEvent } from './event.ts';
import { inShort } from './event.ts';

const TIME = 1_795_000_000_123;

const PEER = {
  subject: 'CN=bench,O=Countersign \\"€\\"',
  issuer: 'CN=CA',
  serialNumber: '3a4b',
  fingerprint: 'ab'.repeat(32),
  notBefore: 1,
  notAfter: 2,
};

const EVENT: HandshakeEvent = {
  event: 'handshake',
  id: '1m81xbccv5skqm5bwmt7',
  listener: '127.0.0.1:8443',
  startedAt: 1_795_000_000_007,
  durationMs: 3.042,
  remoteAddress: '127.0.0.1',
  remotePort: 40_001,
  sni: 'example.com',
  offeredVersions: ['TLSv1.3', 'TLSv1.2'],
  offeredAlpn: ['h2', 'http/1.1'],
  offeredGroups: ['X25519'],
  offeredCiphers: [],
  certificate: '/etc/server.crt',
  mode: 'true',
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  alpn: null,
  resumed: false,
  peer: PEER,
  presented: { certificates: [PEER], count: 1, fault: null },
  verification: 'SUCCESS',
  outcome: 'admitted',
  cause: null,
  detail: null,
  user: 'gateway "one" é',
};

function lineOf(event: HandshakeEvent): string {
  const memory = Buffer.alloc(8192);
  return memory.toString('utf8', 5, putAdmitted({ event, at: TIME }, memory, 5));
}

/** The line as JSON.stringify makes it. */
function plainly(event: HandshakeEvent): string {
  const time = new Date(TIME).toISOString();
  return `${JSON.stringify({ level: 'info', time, ...inShort(event), msg: 'admitted' })}\n`;
}

/** One change for each field by which lines of one client can differ. */
const CHANGES: readonly Partial<HandshakeEvent>[] = [
  { id: '1m81xbccv5skqm5bwmt8' },
  { listener: '[::1]:443 "é€"' },
  { startedAt: 0 },
  { durationMs: 0 },
  { durationMs: 12_345.678 },
  { remoteAddress: 'fe80::1%eth0' },
  { remoteAddress: '' },
  { remotePort: 0 },
  { remotePort: 65_535 },
  { sni: null },
  { offeredVersions: ['TLSv1.2'] },
  { offeredVersions: [] },
  { offeredAlpn: ['\\x00"'] },
  { offeredGroups: ['X448', 'secp256r1'] },
  { certificate: null },
  { mode: 'optional' },
  { version: 'TLSv1.2' },
  { cipher: 'other' },
  { alpn: 'h2' },
  { resumed: true },
  { peer: null },
  { peer: { ...PEER, subject: 'CN=another' } },
  { presented: null },
  { verification: 'NONE' },
  { user: null },
  { user: 'u'.repeat(1000) },
];

test('a line is as JSON.stringify makes it, whatever the line before was', () => {
  for (const change of CHANGES) {
    const changed = { ...EVENT, ...change };
    for (const event of [EVENT, changed, EVENT, changed]) {
      assert.ok(isUsual(event), JSON.stringify(change));
      assert.equal(lineOf(event), plainly(event), JSON.stringify(change));
    }
  }
});

test('what is more than a line has room for, or needs more words, is left to others', () => {
  const finding = { code: 'c', severity: 'error', title: 't', rule: 'r', explanation: 'e' };
  for (const change of [
    { outcome: 'refused' as const },
    { user: 'u'.repeat(4000) },
    { remoteAddress: '1"2' },
    { cause: 'expired' },
    { detail: 'something' },
    { offeredCiphers: ['TLS_NULL'] },
    { finding: finding as never },
  ]) {
    assert.equal(isUsual({ ...EVENT, ...change }), false, JSON.stringify(change));
  }
});

test('what is kept of clients is bounded', () => {
  for (let count = 0; count < 3000; count++) {
    const event = { ...EVENT, peer: { ...PEER, serialNumber: String(count) } };
    assert.equal(lineOf(event), plainly(event));
  }
});
