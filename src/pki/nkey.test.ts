import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { createUser, fromPublic, fromSeed } from 'nkeys.js';
import { readUserSeed } from './nkey.ts';

test('reads the seed of a user, as the documentation of NATS has one', () => {
  const key = readUserSeed('SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY');
  assert.equal(key?.publicKey, 'UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4');
});

test('signs what the key of the seed signs, for any seed', () => {
  for (let count = 0; count < 50; count += 1) {
    const theirs = createUser();
    const seed = Buffer.from(theirs.getSeed()).toString();
    const key = readUserSeed(`${seed}\n`);
    assert.ok(key);
    assert.equal(key.publicKey, theirs.getPublicKey());
    const signature = sign(null, Buffer.from('nonce'), createPrivateKey(key.keyPem));
    assert.ok(fromPublic(key.publicKey).verify(Buffer.from('nonce'), signature));
    const again = fromSeed(Buffer.from(seed)).sign(Buffer.from('nonce'));
    assert.ok(verify(null, Buffer.from('nonce'), createPublicKey(key.keyPem), again));
  }
});

test('refuses what is no seed of a user', () => {
  const seed = 'SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY';
  const wrong = [
    '',
    seed.slice(0, -1),
    `${seed}A`,
    seed.toLowerCase(),
    // One digit off, which the checksum tells.
    `${seed.slice(0, -1)}Z`,
    seed.replace('SSL3', 'SSL4'),
    // The public key, an account's seed, what is no base32.
    'UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4',
    'SAAFYOZ5U4UBAJMUPMSZIMBKJJ4NQSTRVHNZUJXZVWVTJZQSFYKHGCGJTU',
    seed.replace('S', '1'),
  ];
  for (const text of wrong) assert.equal(readUserSeed(text), null, text);
});
