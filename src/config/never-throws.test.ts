// Whatever a configuration holds, it is refused or accepted: nothing throws, and every problem has a
// place in the text.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfigDocument } from './document.ts';
import type { ConfigFileSystem } from './file-reader.ts';
import { parseJsonText } from './json-text.ts';
import { loadConfig } from './load.ts';
import { formatProblem } from './problem.ts';
import type { ResolveResult } from './resolve.ts';

const VECTORS = join(import.meta.dirname, '../../test/vectors/config');
const SAMPLE = readFileSync(join(VECTORS, 'valid/sample.yaml'), 'utf8');

const files = new Map<string, Buffer>();

function readFile(path: string): Buffer {
  let bytes = files.get(path);
  if (bytes === undefined) {
    if (!path.startsWith(`${VECTORS}/certs/`)) {
      throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    }
    bytes = readFileSync(path);
    files.set(path, bytes);
  }
  return bytes;
}

/** Real certificates, read once; every other file is missing. */
const fileSystem: ConfigFileSystem = {
  readFile,
  readText: (path) => readFile(path).toString(),
  isDirectory: (path) => path === join(VECTORS, 'certs'),
};

function load(text: string, extension: 'json' | 'yaml'): ResolveResult {
  const path = join(VECTORS, `valid/case.${extension}`);
  return loadConfig(path, {
    cwd: '/',
    variables: {},
    fileSystem: {
      ...fileSystem,
      readFile: (file) => (file === path ? Buffer.from(text) : fileSystem.readFile(file)),
    },
    now: Date.parse('2027-01-01'),
  });
}

function checkResult(result: ResolveResult, text: string): void {
  const lines = text.split('\n');
  const problems = [...result.warnings, ...(result.kind === 'invalid' ? result.errors : [])];
  if (result.kind === 'invalid') assert.ok(result.errors.length > 0);
  for (const problem of problems) {
    const { position } = problem;
    assert.ok(position !== null, formatProblem(problem));
    assert.ok(position.line >= 1 && position.line <= lines.length, formatProblem(problem));
    const length = lines[position.line - 1]?.length ?? 0;
    assert.ok(position.column >= 1 && position.column <= length + 1, formatProblem(problem));
    assert.doesNotMatch(problem.message, /undefined|\[object|PRIVATE KEY-----/);
  }
}

const TEXTS =
  'true http://a file:../certs echo: :1 [::1]:1 10s 0 /a* /% *.a ${X $${X} __proto__ =404'
    .split(' ')
    .concat('', ' ', 'a\nb', '\u0000', '\ud800');
const OTHERS = [0, -1, 1.5, 1e300, null, true, false, [], {}, [[]], [null], [''], { a: 1 }, [{}]];

/** Values that come close to what some key wants, and values that no key wants. */
const value = fc.oneof(
  fc.constantFrom<unknown>(...TEXTS, ...OTHERS),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Mutable = Record<string | number, unknown>;

/** Every place in a value, as the mapping or list and the key or index in it. */
function placesIn(node: unknown): [Mutable, string | number][] {
  if (typeof node !== 'object' || node === null) return [];
  const keys = Array.isArray(node) ? [...node.keys()] : Object.keys(node);
  const parent = node as Mutable;
  return keys.flatMap((key) => [[parent, key], ...placesIn(parent[key])]);
}

const parsedSample = parseConfigDocument(Buffer.from(SAMPLE), 'sample.yaml', {});

function sampleValue(): unknown {
  assert.ok(parsedSample.kind === 'document');
  return structuredClone(parsedSample.document.value);
}

test('any value at any key', () => {
  const count = placesIn(sampleValue()).length;
  const change = fc.tuple(fc.nat({ max: count - 1 }), value);
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      const document = sampleValue();
      const places = placesIn(document);
      for (const [index, replacement] of changes) {
        const [parent, key] = places[index] ?? assert.fail();
        parent[key] = replacement;
      }
      const text = JSON.stringify(document, null, 1);
      checkResult(load(text, 'json'), text);
    }),
    { numRuns: 400 },
  );
});

test('any key at any place', () => {
  const count = placesIn(sampleValue()).length;
  const key = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'cert', '0', ''), fc.string());
  fc.assert(
    fc.property(fc.nat({ max: count - 1 }), key, value, (index, name, replacement) => {
      const document = sampleValue();
      const [parent] = placesIn(document)[index] ?? assert.fail();
      if (Array.isArray(parent)) parent.push(replacement);
      else Object.defineProperty(parent, name, { value: replacement, enumerable: true });
      const text = JSON.stringify(document, null, 1);
      checkResult(load(text, 'json'), text);
    }),
    { numRuns: 200 },
  );
});

test('any edit of the text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '\n',
      '  ',
      '\t',
      '- ',
      ': ',
      '#',
      '&a ',
      '*a',
      '!x ',
      '"',
      "'",
      '{',
      ']',
      '|\n',
    ),
    fc.constantFrom(
      '%YAML 1.1\n',
      '---\n',
      '? ',
      '<<: ',
      '\u0000',
      '\ufeff',
      '${A}',
      '\r',
      '@',
      '`',
    ),
    fc.string({ maxLength: 4 }),
  );
  const edit = fc.tuple(fc.nat({ max: SAMPLE.length }), fc.nat({ max: 20 }), piece);
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      let text = SAMPLE;
      for (const [at, length, insert] of edits) {
        text = text.slice(0, at) + insert + text.slice(at + length);
      }
      checkResult(load(text, 'yaml'), text);
    }),
    { numRuns: 100 },
  );
});

test('bytes that are no text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom('a.yaml', 'a.json'),
      (bytes, file) => {
        parseConfigDocument(bytes, file, {});
      },
    ),
    { numRuns: 1000 },
  );
});

test('a JSON string of 16 MB', () => {
  // A pattern that stands for it fails on more than 8 MB.
  const text = 'a'.repeat(16_000_000);
  for (const [json, expected] of [
    [`"${text}"`, text],
    [`"\\n${text}"`, `\n${text}`],
  ] as const) {
    const node = parseJsonText(json);
    assert.ok(node.kind === 'scalar' && node.value === expected);
  }
  assert.throws(() => parseJsonText(`"${text}`), { name: 'ConfigSyntaxError', at: 0 });
  assert.throws(() => parseJsonText('"\\'), { name: 'ConfigSyntaxError', at: 0 });
});

test('JSON is read as JSON.parse reads it, and refused where it refuses', () => {
  const json = fc.oneof(
    fc.jsonValue().map((plain) => JSON.stringify(plain, null, 1)),
    fc
      .tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '"', '}', '1', '\\', '\n', ' '))
      .map(([plain, at, insert]) => {
        const text = JSON.stringify(plain);
        const place = at % (text.length + 1);
        return text.slice(0, place) + insert + text.slice(place + 1);
      }),
  );
  fc.assert(
    fc.property(json, (text) => {
      let expected: unknown;
      let valid = true;
      try {
        // Without a reviver V8 14.6 takes the key "x\"" for "x\\" where it has read an object with that one.
        expected = JSON.parse(text, (_key, read: unknown) => read);
      } catch {
        valid = false;
      }
      let node: ReturnType<typeof parseJsonText> | null = null;
      try {
        node = parseJsonText(text);
      } catch (error) {
        assert.equal((error as Error).name, 'ConfigSyntaxError');
      }
      assert.equal(node !== null, valid, text);
      if (node === null || JSON.stringify(text).includes('${')) return;
      const parsed = parseConfigDocument(Buffer.from(text), 'a.json', {});
      // Duplicate keys are the one thing that JSON.parse lets pass.
      if (parsed.kind === 'document') {
        assert.deepEqual(parsed.document.value, expected);
      } else assert.match(parsed.problems.map(formatProblem).join(), /stands twice|UTF-8|not set/);
    }),
    { numRuns: 2000 },
  );
});
