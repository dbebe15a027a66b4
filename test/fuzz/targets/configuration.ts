import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ConfigFileSystem } from '../../../src/config/file-reader.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { nodeFileSystem } from '../../../src/config/node-file-system.ts';
import { parsePlainYaml } from '../../../src/config/plain-yaml.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import type { ResolveResult } from '../../../src/config/resolve.ts';
import { parseWholeYaml } from '../../../src/config/yaml-text.ts';
import type { FuzzTarget } from '../../support/fuzz.ts';
import { textMutations } from '../../support/mutation.ts';
import { JSON_TOKENS, YAML_TOKENS } from '../../vectors/fuzz/tokens.ts';
import { corpusOf } from './corpus.ts';

const FOLDER = join(import.meta.dirname, '../../vectors/config');

/** Configurations in YAML, through all that is checked of them. */
export const yamlTarget: FuzzTarget = {
  name: 'configuration in YAML',
  corpus: corpusOf('config/valid/{sample,floor-exceptions,variables}.yaml'),
  tokens: YAML_TOKENS,
  mutations: textMutations,
  // What stands in a place is looked up; and every value of a long text is reported.
  microsecondsPerByte: 60,
  longest: 20_000,
  check: (input) => check(input, 'yaml'),
};

/** The short way of reading plain YAML: what it reads, the whole parser reads to the same. */
export const plainYamlTarget: FuzzTarget = {
  name: 'plain YAML',
  corpus: corpusOf('config/{valid,invalid}/*.yaml').filter((bytes) => readsPlainly(bytes)),
  tokens: YAML_TOKENS,
  mutations: textMutations,
  microsecondsPerByte: 60,
  longest: 20_000,
  check: readsPlainly,
};

function readsPlainly(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  const plain = parsePlainYaml(text);
  if (plain === null) return false;
  assert.deepEqual(plain, parseWholeYaml(text));
  return true;
}

/** The same in JSON. */
export const jsonTarget: FuzzTarget = {
  name: 'configuration in JSON',
  corpus: corpusOf('config/valid/*.json'),
  tokens: JSON_TOKENS,
  mutations: textMutations,
  microsecondsPerByte: 60,
  longest: 20_000,
  check: (input) => check(input, 'json'),
};

const files = new Map<string, Buffer>();

function readFile(path: string): Buffer {
  let bytes = files.get(path);
  if (bytes === undefined) {
    if (
      !/^[\w.-]+$/.test(path.slice(`${FOLDER}/certs/`.length)) ||
      !path.startsWith(`${FOLDER}/certs/`)
    ) {
      throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    }
    bytes = Buffer.from(nodeFileSystem.readFile(path));
    files.set(path, bytes);
  }
  return bytes;
}

/** Real certificates, read once; every other file is missing. */
const fileSystem: ConfigFileSystem = {
  readFile,
  readText: (path) => readFile(path).toString(),
  isDirectory: (path) => path === join(FOLDER, 'certs'),
};

function check(input: Buffer, extension: 'json' | 'yaml'): boolean {
  const file = join(FOLDER, `valid/case.${extension}`);
  const result = loadConfig(file, {
    cwd: '/',
    variables: { GATEWAY_PORT: '9443', EMPTY: '', VERIFY: 'true' },
    fileSystem: {
      ...fileSystem,
      readFile: (path) => (path === file ? input : fileSystem.readFile(path)),
    },
    now: Date.parse('2027-01-01'),
  });
  checkProblems(result, input.toString());
  return result.kind === 'resolved';
}

/** Each problem has its place, and words that nothing in the text can make a terminal act on. */
function checkProblems(result: ResolveResult, text: string): void {
  const lines = text.split('\n');
  if (result.kind === 'invalid') assert.ok(result.errors.length > 0);
  for (const problem of [...result.warnings, ...(result.kind === 'invalid' ? result.errors : [])]) {
    const shown = formatProblem(problem);
    assert.doesNotMatch(problem.message, /undefined|\[object|PRIVATE KEY-----/, shown);
    assert.doesNotMatch(shown, /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
    assert.ok(problem.message.length < text.length + 1000, `${problem.message.length} characters`);
    const { position } = problem;
    if (position === null) continue;
    assert.ok(position.line >= 1 && position.line <= lines.length, shown);
    const length = lines[position.line - 1]?.length ?? 0;
    assert.ok(position.column >= 1 && position.column <= length + 1, shown);
  }
}
