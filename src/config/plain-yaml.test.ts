import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { manyInYaml } from '../../test/support/many-certificates.ts';
import { type ConfigNode, ConfigSyntaxError } from './config-node.ts';
import { parsePlainYaml } from './plain-yaml.ts';
import { parseWholeYaml } from './yaml-text.ts';

/** Pieces of which YAML is made, plain and otherwise, right and wrong. */
const PIECES = [
  "key: ;key:;other: ;a.b: ;true: ;word;- ;-;: ;:;,;, ;? ;{;};[;];{ ; };\"x y\";'q';\";';'';# c; # d;#",
  '\n;\n;\n  ;\n  ;\n    ;\n- ;\n  - ;\nkey: ;\n  key: ;\n\n; ;  ;|;|\n;|-;>;&a;*a;!t;<<: ;---;...;%;@;`',
  'true;False;null;~;0;7;07;1.5;1.;.5;-1;+1;0x1F;0o7;1e3;.inf;10s;1_000;yes;127.0.0.1;http://h:1/p',
  '/x*;$uri;=404;*.x;a#b;\\;\t;\r;\u00e9;\ufeff',
].flatMap((line) => line.split(';'));

const pieces = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 24 })
  .map((chosen) => chosen.join(''));

const remark = fc.constantFrom('', '', '', '\n', '# remark\n', '   # remark\n');

/** Plain configurations, in the ways in which people lay them out. */
const { block: plainText } = fc.letrec<{ block: string; inline: string }>((tie) => ({
  inline: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      'word',
      'two words',
      '"q: #"',
      "'s'",
      '12',
      '1.2',
      'true',
      '/x*',
      '10s',
      'http://h:1/p',
    ),
    fc.constantFrom(
      '[]',
      '{}',
      '[a, b]',
      '[ a,b ]',
      '{ k: v }',
      '{k: {l: 1}, m: [x, "y"]}',
      '127.0.0.1:80',
    ),
  ),
  block: fc
    .tuple(
      fc.array(
        fc.tuple(
          fc.constantFrom('key', 'k2', 'cert_file', 'a.b'),
          fc.oneof(
            { maxDepth: 3 },
            fc.tuple(tie('inline'), remark).map(([value, end]) => ` ${value}\n${end}`),
            tie('block').map((block) => `\n${indented(block)}`),
            fc
              .constantFrom(' | \n', ' |\n')
              .map((bar) => `${bar}    -----BEGIN X-----\n     more: #\n`),
          ),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      fc.boolean(),
    )
    .map(([entries, isList]) => {
      const lines = entries.map(([key, value]) => `${key}:${value}`);
      if (!isList) return lines.join('');
      return lines.map((line) => `- ${indented(line).slice(2)}`).join('');
    }),
}));

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

function whole(text: string): ConfigNode | 'invalid' {
  try {
    return parseWholeYaml(text);
  } catch (error) {
    if (error instanceof ConfigSyntaxError) return 'invalid';
    throw error;
  }
}

const runs = 3000;

describe('plain YAML', () => {
  test('whatever is read is what the whole parser reads', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        const plain = parsePlainYaml(text);
        if (plain !== null) assert.deepEqual(plain, whole(text));
      }),
      { numRuns: runs },
    );
  });

  test('what people write plainly is read, and as the whole parser reads it', () => {
    fc.assert(
      fc.property(plainText, (text) => {
        assert.deepEqual(parsePlainYaml(text), whole(text));
      }),
      { numRuns: runs / 10 },
    );
  });

  test('a plain configuration with one piece too much is read alike or left to the whole parser', () => {
    fc.assert(
      fc.property(plainText, fc.nat(), fc.constantFrom(...PIECES), (text, place, piece) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + piece + text.slice(at);
        const plain = parsePlainYaml(changed);
        if (plain !== null) assert.deepEqual(plain, whole(changed));
      }),
      { numRuns: runs },
    );
  });

  test('ten thousand certificates and the documented sample are plain', () => {
    assert.notEqual(parsePlainYaml(manyInYaml(100, 9443, 1)), null);
    const sample = join(import.meta.dirname, '../../test/vectors/config/valid/sample.yaml');
    const text = readFileSync(sample, 'utf8');
    assert.deepEqual(parsePlainYaml(text), whole(text));
  });
});
