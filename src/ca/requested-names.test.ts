import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeGeneralName } from '../pki/general-name-writer.ts';
import { printGeneralName } from '../pki/general-name.ts';
import { InvalidNameError } from './invalid-name.ts';
import {
  dnsName,
  emailAddress,
  ipAddress,
  looksLikeEmail,
  serverName,
  uriName,
  userPrincipalName,
} from './requested-names.ts';

const accepted: readonly [
  (text: string) => Parameters<typeof printGeneralName>[0],
  string,
  string,
][] = [
  [serverName, 'localhost', 'DNS:localhost'],
  [serverName, 'Test.Example', 'DNS:Test.Example'],
  [serverName, '*.example.com', 'DNS:*.example.com'],
  [serverName, 'my_service', 'DNS:my_service'],
  [serverName, 'xn--mnchen-3ya.example', 'DNS:xn--mnchen-3ya.example'],
  [serverName, '127.0.0.1', 'IP:127.0.0.1'],
  [serverName, '::1', 'IP:::1'],
  [serverName, '[2001:DB8::1]', 'IP:2001:db8::1'],
  [serverName, '::ffff:10.0.0.1', 'IP:::ffff:a00:1'],
  [serverName, '1password.com', 'DNS:1password.com'],
  [dnsName, `${'a'.repeat(63)}.b`, `DNS:${'a'.repeat(63)}.b`],
  [ipAddress, '[::1]', 'IP:::1'],
  [emailAddress, 'derek@nats.io', 'email:derek@nats.io'],
  [emailAddress, "o'neil+tag@x.example", "email:o'neil+tag@x.example"],
  [emailAddress, 'root@localhost', 'email:root@localhost'],
  [uriName, 'spiffe://example.org/ns/prod/sa/web', 'URI:spiffe://example.org/ns/prod/sa/web'],
  [
    uriName,
    'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'URI:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
  ],
  [uriName, 'https://[::1]:8443/a?b=%20c', 'URI:https://[::1]:8443/a?b=%20c'],
  [userPrincipalName, 'alice@corp.example', 'UPN:alice@corp.example'],
];
for (const [read, text, printed] of accepted) {
  test(`${read.name} takes ${text.slice(0, 50)}`, () =>
    assert.equal(printGeneralName(read(text)), printed));
}

const refused: readonly [(text: string) => unknown, string, RegExp][] = [
  [serverName, '', /a host name is needed/],
  [serverName, '*', /as in \*\.example\.com/],
  [serverName, 'a.*.example', /whole leftmost label/],
  [serverName, 'w*.example', /whole leftmost label/],
  [serverName, '*.*.example', /whole leftmost label/],
  [serverName, 'example.com.', /dot at the end/],
  [serverName, 'a..b', /empty label/],
  [serverName, '.example', /empty label/],
  [serverName, '-a.example', /hyphen/],
  [serverName, `${'a'.repeat(64)}.b`, /longer than 63/],
  [serverName, `${'a.'.repeat(127)}b`, /at most 253/],
  [serverName, 'https://example.com/', /scheme/],
  [serverName, 'example.com:8443', /port/],
  [serverName, 'fe80::1%eth0', /zone/],
  [serverName, '1.2.3.256', /neither an IPv4 address nor a host name/],
  [serverName, '10.0.0', /neither/],
  [serverName, 'a b', /" " can't be part/],
  [serverName, 'a\u0000.evil', /\\u0000/],
  [serverName, 'münchen.example', /xn--mnchen-3ya\.example/],
  [dnsName, '127.0.0.1', /neither/],
  [emailAddress, 'derek', /name@host/],
  [emailAddress, '@nats.io', /name@host/],
  [emailAddress, 'a@b@nats.io', /"@" can't be part/],
  [emailAddress, 'a b@nats.io', /" " can't be part/],
  [emailAddress, '.a@nats.io', /dot too many/],
  [emailAddress, 'a@*.nats.io', /wildcard/],
  [emailAddress, 'a@nats..io', /after @: it has an empty label/],
  [emailAddress, 'jörg@nats.io', /ASCII/],
  [emailAddress, `${'a'.repeat(65)}@b`, /64/],
  [emailAddress, 'a\r\nb@nats.io', /\\r/],
  [ipAddress, 'localhost', /no IP address/],
  [ipAddress, '10.0.0.0/8', /no IP address/],
  [uriName, 'example.org', /scheme/],
  [uriName, 'https://', /names a host/],
  [uriName, 'https:///path', /names a host/],
  [uriName, 'urn:', /nothing after/],
  [uriName, 'https://a b/', /write it %20/],
  [uriName, 'https://exämple.org/', /can't be part of a URI/],
  [uriName, 'https://a/%zz', /two hex digits/],
  [uriName, 'https://*.example.org/', /wildcard/],
  [uriName, 'https://a..b/', /empty label/],
  [userPrincipalName, 'alice', /user@realm/],
  [userPrincipalName, 'al\u202eice@corp', /u\{202e\}/],
];
for (const [read, text, reason] of refused) {
  test(`${read.name} refuses ${JSON.stringify(text).slice(0, 50)}`, () => {
    assert.throws(
      () => read(text),
      (error) => {
        assert.ok(error instanceof InvalidNameError);
        assert.match(error.message, reason);
        assert.equal(error.value, text);
        return true;
      },
    );
  });
}

test('whatever a reader makes of any text can be encoded, and is ASCII without controls', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.domain(),
    fc.emailAddress(),
    fc.webUrl(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom('a', '.', '*', '-', '@', ':', '/', '%', '1', '[', ']') }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(serverName, emailAddress, uriName), (input, read) => {
      let name: ReturnType<typeof read>;
      try {
        name = read(input);
      } catch (error) {
        assert.ok(error instanceof InvalidNameError);
        assert.doesNotMatch(error.message, /\p{Cc}/u);
        return;
      }
      assert.ok(encodeGeneralName(name).length > 2);
      assert.match(printGeneralName(name), /^[\x21-\x7e]+$/);
    }),
    { numRuns: 1000 },
  );
});

test('names that real programs accept are accepted', () => {
  fc.assert(fc.property(fc.domain(), (name) => void serverName(name)));
  fc.assert(
    fc.property(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      (url) => void uriName(url),
    ),
  );
});

test('an email address is told from other names', () => {
  assert.ok(looksLikeEmail('derek@nats.io'));
  for (const text of ['derek', 'derek@', '@x', 'a b@c', 'CORP\\derek@'])
    assert.ok(!looksLikeEmail(text), text);
});
