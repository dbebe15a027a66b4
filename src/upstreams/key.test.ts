import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamKey } from './key.ts';
import type { UpstreamOptions, UpstreamTlsOptions } from './options.ts';

const plain: UpstreamOptions = {
  name: 'a',
  address: { kind: 'tcp', host: '10.0.0.7', port: 80 },
  tls: null,
  connectTimeoutMs: 1,
  idleTimeoutMs: 2,
  maxIdle: 3,
};
const tls: UpstreamTlsOptions = {
  caPem: ['ca'],
  certPem: 'cert',
  keyPem: 'key',
  serverName: 'n',
  allowPeers: null,
  pins: new Set(),
  alpn: ['h2'],
};
const secure: UpstreamOptions = { ...plain, tls };

test('only what connects alike and trusts alike has the same key', () => {
  const different: UpstreamOptions[] = [
    plain,
    secure,
    { ...plain, address: { kind: 'tcp', host: '10.0.0.7', port: 81 } },
    { ...plain, address: { kind: 'unix', path: '10.0.0.7' } },
    { ...plain, maxIdle: 4 },
    { ...secure, tls: { ...tls, caPem: ['other'] } },
    { ...secure, tls: { ...tls, caPem: ['ca', 'ca'] } },
    { ...secure, tls: { ...tls, certPem: null, keyPem: null } },
    { ...secure, tls: { ...tls, keyPem: 'other' } },
    { ...secure, tls: { ...tls, serverName: 'm' } },
    { ...secure, tls: { ...tls, alpn: [] } },
    { ...secure, tls: { ...tls, allowPeers: [] } },
    { ...secure, tls: { ...tls, allowPeers: [{ kind: 'host', name: 'n' }] } },
    { ...secure, tls: { ...tls, allowPeers: [{ kind: 'uri', uri: 'n' }] } },
    { ...secure, tls: { ...tls, pins: new Set(['n']) } },
  ];
  assert.equal(new Set(different.map(upstreamKey)).size, different.length);
  assert.equal(upstreamKey(secure), upstreamKey(structuredClone(secure)));
  assert.doesNotMatch(upstreamKey(secure), /cert|key/);
});
