import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { forge } from '../../../test/support/forged-certificate.ts';
import { AddedFields } from './added-fields.ts';
import type { ClientFacts } from './exchange.ts';
import type { AddedField, ClientFact } from './options.ts';

const leaf = forge({ subject: 'CN=alice' });
const alice: ClientFacts = {
  handshakeId: 'h1',
  remoteAddress: '192.0.2.1',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: 'alice',
  subject: 'CN=alice',
  issuer: 'CN=ca',
  serialNumber: '0aff',
  verification: 'SUCCESS',
  sans: [],
  chain: [leaf.der],
  fingerprint: 'ab12',
};

const FACTS: readonly ClientFact[] = [
  'user',
  'dn',
  'issuer',
  'serial',
  'fingerprint',
  'fingerprint_sha1',
  'cert',
  'verify',
  'address',
];
const every = FACTS.map((value): AddedField => ({ name: `X-SSL-${value}`, value }));

test('a verified client is told of by each fact', () => {
  const values = new AddedFields(every)
    .textFor(alice)
    .trimEnd()
    .split('\r\n')
    .map((line) => line.slice(line.indexOf(': ') + 2));
  const certificate = new X509Certificate(leaf.der);
  const [cert = ''] = values.splice(6, 1);
  assert.deepEqual(values, [
    'alice',
    'CN=alice',
    'CN=ca',
    '0AFF',
    'ab12',
    certificate.fingerprint.replaceAll(':', '').toLowerCase(),
    'SUCCESS',
    '192.0.2.1',
  ]);
  assert.ok(/^[\w.~%-]+$/.test(cert));
  assert.equal(decodeURIComponent(cert), leaf.pem);
});

test('of a client that is not verified only verification and address are told', () => {
  for (const verification of ['NONE', 'FAILED:expired']) {
    assert.equal(
      new AddedFields(every).textFor({ ...alice, verification }),
      `X-SSL-verify: ${verification}\r\nX-SSL-address: 192.0.2.1\r\n`,
    );
  }
});

test('a fixed text is sent, an empty one is not', () => {
  const added = new AddedFields([
    { name: 'X-Stage', value: { text: 'test' } },
    { name: 'X-Debug', value: { text: '' } },
  ]);
  assert.equal(added.textFor(alice), 'X-Stage: test\r\n');
});

test('what a client sends under the names is removed in every spelling', () => {
  const added = new AddedFields([{ name: 'X-SSL-Client-DN', value: 'dn' }]);
  const forged = ['X-SSL-Client-DN', 'x-ssl-client-dn', 'X_SSL_Client_DN', 'x.ssl.client.dn'];
  const fields = forged.map((name) => `${name}: CN=admin\r\n`).join('Accept: */*\r\n');
  assert.equal(added.scrub(fields), 'Accept: */*\r\n'.repeat(3));
  assert.equal(added.scrub(''), '');
});
