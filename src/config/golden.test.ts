// Every configuration in test/vectors/config with what is said of it, word by word. After a change that
// is meant, GOLDEN=write writes the expectations anew: read the difference before committing it.
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from './load.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { type ConfigProblem, formatProblem } from './problem.ts';
import type { ResolveResult } from './resolve.ts';

const ROOT = join(import.meta.dirname, '../../test/vectors/config');
const NOW = Date.parse('2027-01-01');

function load(path: string): ResolveResult {
  return loadConfig(basename(path), {
    cwd: join(path, '..'),
    variables: { GATEWAY_PORT: '9443', EMPTY: '', VERIFY: 'true' },
    fileSystem: nodeFileSystem,
    now: NOW,
  });
}

function lines(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${formatProblem(problem).replaceAll(ROOT, '')}\n`).join('');
}

function expected(path: string, kind: 'errors' | 'warnings', actual: string): string {
  const file = path.replace(/\.(yaml|json)$/, `$&.${kind}`);
  if (process.env['GOLDEN'] === 'write') writeFileSync(file, actual);
  return readFileSync(file, 'utf8');
}

describe('an invalid configuration is refused with each problem at its place', () => {
  for (const path of globSync(join(ROOT, 'invalid/*.{yaml,json}')).toSorted()) {
    test(basename(path), () => {
      const result = load(path);
      assert.equal(result.kind, 'invalid');
      const actual = lines(result.errors);
      assert.notEqual(actual, '');
      assert.equal(actual, expected(path, 'errors', actual));
    });
  }
});

describe('a valid configuration is accepted, with warnings where it may not do what was meant', () => {
  for (const path of globSync(join(ROOT, 'valid/*.{yaml,json}')).toSorted()) {
    test(basename(path), () => {
      const result = load(path);
      assert.equal(result.kind === 'invalid' ? lines(result.errors) : '', '');
      const actual = lines(result.warnings);
      assert.equal(actual, expected(path, 'warnings', actual));
    });
  }
});
