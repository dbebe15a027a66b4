import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientFacts } from './exchange.ts';
import { fieldText, identityFields } from './identity-fields.ts';

const none = { clientCert: false, clientCertChain: false, xfcc: false };
const all = { clientCert: true, clientCertChain: true, xfcc: true };
const alice: ClientFacts = {
  handshakeId: 'h1',
  remoteAddress: '192.0.2.1',
  remotePort: 40000,
  tlsVersion: 'TLSv1.3',
  user: 'alice',
  subject: 'CN=alice \\"a\\",O=x',
  issuer: 'CN=ca',
  serialNumber: '0a',
  verification: 'SUCCESS',
  sans: ['email:a@b', 'DNS:a.b', 'URI:spiffe://x/y;z="1"', 'DNS:c.d', 'IP:10.0.0.1'],
  chain: [Buffer.from([1, 2, 3]), Buffer.from([4]), Buffer.from([5])],
  fingerprint: 'ab12',
};

test('a verified client has its user, subject and verification sent', () => {
  assert.equal(
    identityFields(alice, none, 'localhost'),
    'X-Client-User: alice\r\nX-Client-DN: CN=alice \\"a\\",O=x\r\nX-Client-Verify: SUCCESS\r\n' +
      'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: localhost\r\n',
  );
});

test('a client that maps to no user has no user sent', () => {
  assert.doesNotMatch(identityFields({ ...alice, user: null }, none, 'localhost'), /X-Client-User/);
});

test('a client that is not verified is nobody, whatever its certificate says', () => {
  for (const verification of ['NONE', 'FAILED:expired']) {
    const fields = identityFields({ ...alice, verification }, all, 'localhost');
    assert.equal(
      fields,
      `X-Client-Verify: ${verification}\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: localhost\r\n`,
    );
  }
});

test('on demand the certificate goes along, by RFC 9440 and in the form of Envoy', () => {
  const fields = identityFields(alice, all, 'localhost').split('\r\n');
  assert.ok(fields.includes('Client-Cert: :AQID:'));
  assert.ok(fields.includes('Client-Cert-Chain: :BA==:, :BQ==:'));
  assert.ok(
    fields.includes(
      'X-Forwarded-Client-Cert: Hash=ab12;Subject="CN=alice \\"a\\",O=x";' +
        'URI="spiffe://x/y;z=\\"1\\"";DNS=a.b;DNS=c.d',
    ),
  );
});

test('a chain of one has no Client-Cert-Chain', () => {
  const fields = identityFields({ ...alice, chain: alice.chain.slice(0, 1) }, all, 'localhost');
  assert.match(fields, /Client-Cert: /);
  assert.doesNotMatch(fields, /Client-Cert-Chain/);
});

test('the text is made once for a client and its options', () => {
  const client = { ...alice };
  assert.equal(identityFields(client, all, 'localhost'), identityFields(client, all, 'localhost'));
  assert.notEqual(
    identityFields(client, all, 'localhost'),
    identityFields(client, none, 'localhost'),
  );
  assert.notEqual(
    identityFields(client, none, 'localhost'),
    identityFields({ ...alice, user: 'bob' }, none, 'localhost'),
  );
});

test('no name can end a line or leave ASCII', () => {
  assert.equal(
    fieldText('a\r\nX-Client-User: root\0ä'),
    'a\\0D\\0AX-Client-User: root\\00\\C3\\A4',
  );
  const evil = { ...alice, user: 'a\r\nX-Client-User: root' };
  assert.equal(identityFields(evil, none, 'localhost').match(/^X-Client-User: /gm)?.length, 1);
});

test('the host is sent as each request asked for it', () => {
  for (const authority of ['a:9443', 'b', 'a:9443']) {
    assert.ok(
      identityFields(alice, none, authority).endsWith(`\r\nX-Forwarded-Host: ${authority}\r\n`),
    );
  }
});

test('plain HTTP is told as such', () => {
  assert.match(
    identityFields({ ...alice, tlsVersion: '' }, none, 'localhost'),
    /X-Forwarded-Proto: http\r\n/,
  );
});
