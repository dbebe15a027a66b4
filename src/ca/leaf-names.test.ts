import { test } from 'node:test';
import assert from 'node:assert/strict';
import { printGeneralName } from '../pki/general-name.ts';
import { printName } from '../pki/name.ts';
import { InvalidNameError } from './invalid-name.ts';
import { clientLeafNames, type LeafNames, serverLeafNames } from './leaf-names.ts';

function shown(names: LeafNames): [string, string[]] {
  return [printName(names.subject), names.subjectAltNames.map(printGeneralName)];
}

test('a server is named by its first name and carries each name once', () => {
  assert.deepEqual(
    shown(serverLeafNames(['localhost', '127.0.0.1', '::1', '0:0::1', 'localhost'])),
    ['CN=localhost', ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1']],
  );
});

test('a host name too long for a common name stands in the SAN alone', () => {
  const long = `${'a'.repeat(60)}.example.com`;
  assert.deepEqual(shown(serverLeafNames([long])), ['', [`DNS:${long}`]]);
  assert.deepEqual(shown(serverLeafNames([long, 'short.example']))[0], 'CN=short.example');
});

test("a client's name is its common name; in the form of an email address it is a SAN too", () => {
  assert.deepEqual(shown(clientLeafNames('alice')), ['CN=alice', []]);
  assert.deepEqual(shown(clientLeafNames('derek@nats.io')), [
    'CN=derek@nats.io',
    ['email:derek@nats.io'],
  ]);
});

test('where SANs are asked for, nothing is added to them', () => {
  assert.deepEqual(shown(clientLeafNames('derek@nats.io', { dnsNames: ['a.example'] })), [
    'CN=derek@nats.io',
    ['DNS:a.example'],
  ]);
  assert.deepEqual(
    shown(
      clientLeafNames('x', {
        emails: ['b@x.y', 'a@x.y'],
        uris: ['urn:x'],
        userPrincipalNames: ['u@r'],
        subject: 'CN=example.com,OU=CNCF',
      }),
    ),
    ['CN=example.com,OU=CNCF', ['email:b@x.y', 'email:a@x.y', 'URI:urn:x', 'UPN:u@r']],
  );
});

const refused: readonly [string, () => unknown, RegExp][] = [
  ['a server without a name', () => serverLeafNames([]), /needed/],
  ['a common name of 65 characters', () => clientLeafNames('x'.repeat(65)), /64 are allowed/],
  ['an empty common name', () => clientLeafNames('', { emails: ['a@b.c'] }), /CN is empty/],
  ['an empty subject', () => clientLeafNames('x', { subject: ' ' }), /empty/],
  ['an unknown type', () => clientLeafNames('x', { subject: 'CN=a,XX=b' }), /"XX"/],
  [
    'a country of three letters',
    () => clientLeafNames('x', { subject: 'CN=a,C=DEU' }),
    /two letters/,
  ],
  ['an unescaped character', () => clientLeafNames('x', { subject: 'CN=a;b' }), /";"/],
];
for (const [what, make, reason] of refused) {
  test(`refuses ${what} and shows the offending part`, () => {
    assert.throws(make, (error) => error instanceof InvalidNameError && reason.test(error.message));
  });
}
