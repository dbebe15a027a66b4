import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { needs } from '../../test/support/programs.ts';
import {
  decodePrivateKey,
  decodePublicKey,
  describeKey,
  encodePrivateKey,
  encodePublicKey,
  generatePrivateKey,
  isKeyType,
  KeyError,
  keyMatches,
} from './keys.ts';

function openssl(args: readonly string[], input: string | Buffer = ''): string {
  return execFileSync('openssl', args, { input, stdio: 'pipe' }).toString();
}

for (const [type, described] of [
  ['p256', /ASN1 OID: prime256v1/],
  ['p384', /ASN1 OID: secp384r1/],
  ['ed25519', /ED25519 Private-Key/],
  ['rsa2048', /Private-Key: \(2048 bit/],
] as const) {
  test(
    `generates ${type} keys that openssl reads and that come back the same`,
    needs('openssl'),
    async () => {
      const key = await generatePrivateKey(type);
      assert.equal(describeKey(key), type);
      const pem = encodePrivateKey(key);
      assert.match(pem, /^-----BEGIN PRIVATE KEY-----\n/);
      assert.match(openssl(['pkey', '-text', '-noout'], pem), described);
      assert.ok(decodePrivateKey(pem).equals(key));
      assert.ok(decodePublicKey(encodePublicKey(key)).equals(createPublicKey(pem)));
    },
  );
}

test('generates P-256 unless told otherwise', async () => {
  assert.equal(describeKey(await generatePrivateKey()), 'p256');
});

test('names the key types that are generated and no others', () => {
  assert.ok(isKeyType('rsa4096'));
  assert.ok(!isKeyType('rsa1024'));
  assert.ok(!isKeyType('toString'));
});

test(
  'reads the older forms that openssl writes, with certificates and parameters around them',
  needs('openssl'),
  () => {
    const rsa = openssl(['genrsa', '-traditional', '2048']);
    assert.match(rsa, /BEGIN RSA PRIVATE KEY/);
    assert.equal(describeKey(decodePrivateKey(rsa)), 'rsa2048');
    const ec = openssl(['ecparam', '-name', 'secp384r1', '-genkey']);
    assert.match(ec, /BEGIN EC PARAMETERS[^]*BEGIN EC PRIVATE KEY/);
    assert.equal(describeKey(decodePrivateKey(ec)), 'p384');
  },
);

test('opens encrypted keys with the passphrase and with nothing else', needs('openssl'), () => {
  const plain = openssl(['genrsa', '-traditional', '2048']);
  const legacy = openssl(['rsa', '-traditional', '-aes256', '-passout', 'pass:secret'], plain);
  assert.match(legacy, /Proc-Type: 4,ENCRYPTED/);
  const modern = encodePrivateKey(decodePrivateKey(plain), 'secret');
  assert.match(modern, /BEGIN ENCRYPTED PRIVATE KEY/);
  for (const pem of [legacy, modern]) {
    assert.ok(decodePrivateKey(pem, 'secret').equals(decodePrivateKey(plain)));
    assert.throws(() => decodePrivateKey(pem), { code: 'encrypted' });
    assert.throws(() => decodePrivateKey(pem, 'other'), { code: 'wrong-passphrase' });
  }
});

test('an unusable key is refused without a word of its contents', needs('openssl'), async () => {
  const pem = encodePrivateKey(await generatePrivateKey());
  const lines = pem.split('\n');
  const secret = lines[1] ?? '';
  const broken = [
    ['missing', openssl(['pkey', '-pubout'], pem)],
    ['several', pem + pem],
    ['unreadable', pem.replace(secret, `AAAA${secret.slice(4)}`)],
    ['unreadable', pem.replace(secret, `!!!!${secret.slice(4)}`)],
  ] as const;
  for (const [code, text] of broken) {
    assert.throws(
      () => decodePrivateKey(text),
      (error) => {
        assert.ok(error instanceof KeyError);
        assert.equal(error.code, code);
        assert.ok(!error.message.includes(secret.slice(4, 20)));
        return true;
      },
    );
  }
});

test(
  'tells whether a key belongs to a public key, in whatever spelling',
  needs('openssl'),
  async () => {
    const key = await generatePrivateKey();
    assert.ok(keyMatches(key, encodePublicKey(key)));
    assert.ok(!keyMatches(key, encodePublicKey(await generatePrivateKey())));
    assert.ok(!keyMatches(key, Buffer.from('no key')));
    const compressed = openssl(
      ['pkey', '-pubout', '-ec_conv_form', 'compressed'],
      encodePrivateKey(key),
    );
    const der = execFileSync(
      'openssl',
      ['pkey', '-pubin', '-pubout', '-outform', 'DER', '-ec_conv_form', 'compressed'],
      { input: compressed, stdio: 'pipe' },
    );
    assert.notDeepEqual(der, encodePublicKey(key));
    assert.ok(keyMatches(key, der));
  },
);

test('comparing keys of two kinds does not make the next key unreadable', async () => {
  const kinds = await Promise.all(
    (['p256', 'p384', 'ed25519', 'rsa2048'] as const).map((type) => generatePrivateKey(type)),
  );
  for (const one of kinds) {
    for (const other of kinds) {
      assert.equal(keyMatches(one, encodePublicKey(other)), one === other);
      assert.ok(decodePrivateKey(encodePrivateKey(one)));
    }
  }
});

test('describes keys that are not generated here', () => {
  const of = (curve: string) =>
    describeKey(generateKeyPairSync('ec', { namedCurve: curve }).privateKey);
  assert.equal(of('P-521'), 'p521');
  assert.equal(of('secp256k1'), 'secp256k1');
  assert.equal(describeKey(generateKeyPairSync('ed448').privateKey), 'ed448');
  assert.equal(
    describeKey(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    'rsa1024',
  );
});
