import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { manyInYaml } from '../../test/support/many-certificates.ts';
import { type ConfigNode, ConfigSyntaxError } from './config-node.ts';
import { substituteEnvironment } from './environment.ts';
import { parsePlainYaml, parsePlainYamlValue } from './plain-yaml.ts';
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

const environment = { SET: 'value' };

/** What the nodes of a text say as plain data; null: a variable is not set, or a key stands twice. */
function dataOf(node: ConfigNode): unknown {
  if (node.kind === 'scalar') {
    if (typeof node.value !== 'string') return node.value;
    const result = substituteEnvironment(node.value, environment);
    return result.kind === 'done' ? result.value : null;
  }
  const children = node.kind === 'list' ? node.items : node.entries.map((entry) => entry.node);
  const values = children.map(dataOf);
  if (values.includes(null)) return null;
  if (node.kind === 'list') return values;
  const keys = node.entries.map(({ key }) => key);
  if (new Set(keys).size < keys.length || keys.includes('__proto__')) return null;
  return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
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

  test('as data it is what its nodes say, and nothing where a variable is not set or a key stands twice', () => {
    const piece = fc.constantFrom(...PIECES, 'true', 'trues', '${SET}', '${NOT}', '__proto__: x\n');
    const changed = fc.tuple(plainText, fc.nat(), piece).map(([text, place, added]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + added + text.slice(at);
    });
    fc.assert(
      fc.property(fc.oneof(pieces, plainText, changed), (text) => {
        const nodes = parsePlainYaml(text);
        const data = parsePlainYamlValue(text, environment);
        assert.deepEqual(data, nodes === null ? null : dataOf(nodes));
      }),
      { numRuns: runs },
    );
    const list = 'a:\n  - x${SET}\n  - /longer\n  - true\n';
    const a = ['xvalue', '/longer', true];
    assert.deepEqual(parsePlainYamlValue(list, environment), { a });
    assert.equal(parsePlainYamlValue('a: ${NOT}\n', environment), null);
    assert.equal(parsePlainYamlValue('a: 1\na: 2\n', environment), null);
    assert.equal(parsePlainYamlValue('__proto__: { a: 1 }\n', environment), null);
  });

  test('ten thousand certificates and the documented sample are plain', () => {
    assert.notEqual(parsePlainYaml(manyInYaml(100, 9443, 1)), null);
    const sample = join(import.meta.dirname, '../../test/vectors/config/valid/sample.yaml');
    const text = readFileSync(sample, 'utf8');
    assert.deepEqual(parsePlainYaml(text), whole(text));
  });
});
