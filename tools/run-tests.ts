// The test runner: every *.test.ts beside the source and under test/, or with --long the *.long.ts
// files. Further arguments name files or folders to run alone; --only PATTERN picks tests by name, and
// --seed N repeats a run of the fuzzers, whose seeds are printed.
import { globSync, readFileSync } from 'node:fs';
import { run } from 'node:test';
import { parseArgs } from 'node:util';
import { programsNamedIn } from '../test/support/programs.ts';
import { installPrograms } from './programs.ts';
import { report } from './test-report.ts';

const { values, positionals } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
  },
  allowPositionals: true,
});

if (values.seed !== undefined) process.env['FUZZ_SEED'] = values.seed;
const files = chosenFiles(positionals);
if (files.length === 0) {
  process.stderr.write(`no test file in ${positionals.join(' ') || 'this checkout'}\n`);
  process.exitCode = 1;
} else {
  await installPrograms(files.flatMap((file) => programsNamedIn(readFileSync(file, 'utf8'))));
  const stream = run({
    files,
    concurrency: 2,
    timeout: values.long ? 1_200_000 : 180_000,
    ...(values.only === undefined ? {} : { testNamePatterns: values.only }),
  });
  if (!(await report(stream, process.stdout))) process.exitCode = 1;
}

function chosenFiles(names: readonly string[]): string[] {
  const suffix = values.long ? 'long.ts' : 'test.ts';
  const roots = names.length > 0 ? names : ['src', 'test', 'tools', 'bench', 'examples'];
  const found = roots.flatMap((root) =>
    root.endsWith('.ts') ? [root] : globSync(`${root}/**/*.${suffix}`),
  );
  return [...new Set(found)].toSorted();
}
