import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { shellWord, shown, yamlText } from './quoted-word.ts';

test('a shell reads back what was shown, as one word', () => {
  const words = [
    "a'b",
    '$(id)',
    '`id`',
    'a b',
    '"',
    '\\',
    '-rf',
    '*',
    '~',
    'a;b',
    '\u001b[2J',
    "''",
  ];
  const script = `printf '%s\\n' ${words.map(shellWord).join(' ')}`;
  const read = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  assert.deepEqual(read.trimEnd().split('\n'), words.map(shown));
});

test('YAML reads back the text itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
      assert.equal(parse(yamlText(text)), text);
    }),
  );
});
