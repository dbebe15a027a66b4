import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOfAuthority, isAuthority } from './authority.ts';

test('hosts with and without a port are admitted, what could be read as more is not', () => {
  for (const text of ['a', 'A.b-c_d~', 'a.', '1.2.3.4', 'a:1', 'a:65535', '[::1]', '[::1]:80']) {
    assert.ok(isAuthority(text), text);
  }
  const others = [
    '',
    ':',
    ':1',
    'a:',
    'a:0',
    'a:65536',
    'a:1x',
    'a:+1',
    'a b',
    'a,b',
    'u@a',
    'a/b',
  ];
  const ipv6 = ['::1', '[::1', '[]', '[::1]:', '[::1]x', '[fe80::1%eth0]', '[1.2.3.4]', '[::1]]'];
  const bytes = ['a\0', 'a%41', 'ä', 'a\u0130', 'a#', 'a?', 'a\\b', 'a;b', "a'", 'x'.repeat(256)];
  for (const text of [...others, ...ipv6, ...bytes]) assert.ok(!isAuthority(text), text);
});

test('the host is in lower case, without port, brackets and trailing dot', () => {
  assert.equal(hostOfAuthority('EXAMPLE.com.:9443'), 'example.com');
  assert.equal(hostOfAuthority('a'), 'a');
  assert.equal(hostOfAuthority('[2001:DB8::1]:443'), '2001:db8::1');
});
