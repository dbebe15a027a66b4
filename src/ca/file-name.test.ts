import { test } from 'node:test';
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { fileNameFor } from './file-name.ts';
import { InvalidNameError } from './invalid-name.ts';

const names: readonly [string, string][] = [
  ['alice', 'alice'],
  ['derek@nats.io', 'derek@nats.io'],
  ['*.example.com', '_wildcard.example.com'],
  ['::1', '__1'],
  ['a/b', 'a_b'],
  ['a/../../etc/passwd', 'a_.._.._etc_passwd'],
  ['CORP\\alice', 'CORP_alice'],
  ['Jörg Müller', 'Jörg Müller'],
  ['张三', '张三'],
  ['ca2', 'ca2'],
];
for (const [name, file] of names) {
  test(`${name} is kept as ${file}`, () => assert.equal(fileNameFor(name), file));
}

const refused = [
  '',
  'ca',
  'CA',
  '.',
  '..',
  '.hidden',
  '../x',
  '-rf',
  '*',
  'a*b',
  ' x',
  'x ',
  'a\u0000b',
  'a\nb',
  'a\u001b[0m',
  'a\u202eb',
  'a\u2028b',
  '\ud800',
  'x'.repeat(201),
  '張'.repeat(70),
];
for (const name of refused) {
  test(`refuses ${JSON.stringify(name).slice(0, 40)} as a file name`, () => {
    assert.throws(
      () => fileNameFor(name),
      (error) => {
        assert.ok(error instanceof InvalidNameError);
        assert.doesNotMatch(error.message, /[\p{C}\p{Zl}\p{Zp}]/u);
        return true;
      },
    );
  });
}

test('whatever is accepted stays in its directory and is a plain name', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('..', '.', '/', '\\', '*.', ':', 'ca', '~', '\0'),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      let file: string;
      try {
        file = fileNameFor(parts.join(''));
      } catch (error) {
        assert.ok(error instanceof InvalidNameError);
        return;
      }
      assert.equal(join('/d', `${file}.crt`), `/d/${file}.crt`);
      assert.equal(basename(file), file);
      assert.notEqual(file.toLowerCase(), 'ca');
      assert.ok(file.length > 0 && !file.startsWith('.'));
      assert.doesNotMatch(file, /\p{Cc}/u);
    }),
    { numRuns: 1000 },
  );
});
