// Keys of the authority that a passphrase encrypts, and every way in which it is given.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '../../../test/support/programs.ts';
import { Shell } from '../../../test/support/shell.ts';

test('init says when its keys are not encrypted', async (t) => {
  const shell = await Shell.open(t);
  assert.match((await shell.run('init')).stdout, /^Warning: these keys are not encrypted/m);
  assert.match(shell.text('.countersign/ca/root.key'), /BEGIN PRIVATE KEY/);
});

test(
  'openssl opens both keys with the passphrase, and finds 600,000 rounds',
  needs('openssl'),
  async (t) => {
    const shell = await Shell.open(t);
    shell.write('secret', 'correct horse\nnot this\n');
    const { stdout } = await shell.run('init', '--passphrase-file', 'secret');
    assert.doesNotMatch(stdout, /Warning/);
    for (const name of ['root', 'issuing']) {
      const file = `.countersign/ca/${name}.key`;
      assert.match(shell.text(file), /BEGIN ENCRYPTED PRIVATE KEY/);
      const structure = shell.openssl('asn1parse', '-in', file);
      assert.match(
        structure,
        /PBES2[^]*PBKDF2[^]*INTEGER +:0927C0[^]*hmacWithSHA256[^]*aes-256-cbc/,
      );
      shell.openssl('pkey', '-noout', '-in', file, '-passin', 'pass:correct horse');
      assert.throws(() => shell.openssl('pkey', '-in', file, '-passin', 'pass:not this'));
    }
  },
);

test('whatever signs takes it from a file, the environment or a question', async (t) => {
  const shell = await Shell.open(t);
  shell.answers = ['s3cret', 's3cret'];
  assert.equal((await shell.run('init', '--passphrase')).status, 0);
  shell.write('secret', 's3cret');
  const signing = [
    ['issue', 'client', 'a'],
    ['renew', '.countersign/a.crt'],
    ['crl'],
    ['revoke', '.countersign/a.crt'],
  ];
  for (const words of signing) {
    assert.match(await shell.failure(...words), /issuing\.key is encrypted, .*passphrase-file/);
    shell.answers = ['wrong'];
    assert.match(await shell.failure(...words), /the passphrase does not open .*issuing\.key/);
    shell.answers = ['s3cret'];
    const { status, stderr } = await shell.run(
      ...words,
      ...(words[0] === 'issue' ? ['--force'] : []),
    );
    assert.equal(status, 0, stderr);
  }
  assert.equal((await shell.run('issue', 'client', 'b', '--passphrase-file', 'secret')).status, 0);
  shell.env = { COUNTERSIGN_CA_PASSPHRASE: 's3cret' };
  shell.questions.length = 0;
  assert.equal((await shell.run('issue', 'client', 'c')).status, 0);
  assert.deepEqual(shell.questions, []);
  shell.env = {};
  assert.equal((await shell.run('list')).status, 0);
});

test('a passphrase that is empty, mistyped or can’t be asked for makes no authority', async (t) => {
  const shell = await Shell.open(t);
  assert.match(
    await shell.failure('init', '--passphrase'),
    /there is none: give --passphrase-file/,
  );
  shell.answers = ['one', 'two'];
  assert.match(await shell.failure('init', '--passphrase'), /differ/);
  shell.answers = [''];
  assert.match(await shell.failure('init', '--passphrase'), /is empty/);
  shell.write('empty', '\n');
  assert.match(await shell.failure('init', '--passphrase-file', 'empty'), /first line is empty/);
  assert.deepEqual(readdirSync(shell.folder), ['empty']);
});
