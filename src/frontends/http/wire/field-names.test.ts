import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldRole, mayHaveRole, mayTrail, usualRole } from './field-names.ts';

const known = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'keep-alive',
  'te',
  'proxy-connection',
  'forwarded',
  'client-cert',
  'client-cert-chain',
  'x-client-user',
  'x-client-dn',
  'x-client-verify',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-client-cert',
];

test('letter case does not matter', () => {
  fc.assert(
    fc.property(fc.constantFrom(...known), fc.infiniteStream(fc.boolean()), (name, upper) => {
      const spelling = name.replace(/[a-z]/g, (c) => (upper.next().value ? c.toUpperCase() : c));
      assert.equal(fieldRole(spelling), fieldRole(name));
      assert.notEqual(fieldRole(spelling), 'pass');
      assert.ok(mayHaveRole(spelling.charCodeAt(0), spelling.length));
    }),
  );
});

test('the role of the usual spelling is known without making text of it', () => {
  const roleOf = (name: string) =>
    usualRole(Buffer.from(`-${name}:`, 'latin1'), 1, 1 + name.length);
  for (const name of [
    'Host',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Te',
    'X-Real-Ip',
  ]) {
    assert.equal(roleOf(name), fieldRole(name));
    assert.notEqual(roleOf(name), null);
  }
  const names = fc.oneof(
    fc.constantFrom(...known, 'Host', 'Hose', 'Connection', 'connectioN', 'Content-Lengths', ''),
    fc.string({ unit: 'binary-ascii', maxLength: 20 }),
  );
  fc.assert(
    fc.property(names, (name) => {
      const role = roleOf(name);
      if (role !== null) assert.equal(role, fieldRole(name));
    }),
  );
});

test('a name with other punctuation is never read, and never passed on', () => {
  for (const name of known.filter((each) => each.includes('-'))) {
    for (const mark of ['_', '.', '~', '!']) {
      const role = fieldRole(name.replaceAll('-', mark));
      assert.ok(role === 'hop' || role === 'identity', name + role);
    }
  }
});

test('no name that has a role is taken for one that has none', () => {
  const text = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,40}$/);
  const close = fc.tuple(fc.constantFrom(...known), text).map(([name, rest]) => name + rest);
  fc.assert(
    fc.property(fc.oneof(text, close), (name) => {
      if (!mayHaveRole(name.charCodeAt(0), name.length)) assert.equal(fieldRole(name), 'pass');
    }),
  );
});

test('trailers are only what the recipient may merge without harm', () => {
  for (const name of [...known, 'Content-Type', 'content_type', 'Authorization', 'Set-Cookie']) {
    assert.ok(!mayTrail(name), name);
  }
  for (const name of ['Grpc-Status', 'Server-Timing', 'Digest', 'X-Sum']) {
    assert.ok(mayTrail(name), name);
  }
});
