// The test runner: every *.test.ts beside the source and under test/, or with --long the *.long.ts
// files. Further arguments name files or folders to run alone.
import { spec } from 'node:test/reporters';
import { run } from 'node:test';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, only: { type: 'string' } },
  allowPositionals: true,
});

const suffix = values.long ? 'long.ts' : 'test.ts';
const roots = positionals.length > 0 ? positionals : ['src', 'test', 'tools', 'bench'];
const files = roots.flatMap((root) =>
  root.endsWith('.ts') ? [root] : globSync(`${root}/**/*.${suffix}`),
);

const stream = run({
  files: files.toSorted(),
  concurrency: 3,
  timeout: values.long ? 1_200_000 : 120_000,
  ...(values.only === undefined ? {} : { testNamePatterns: values.only }),
});
stream.on('test:fail', (event) => {
  if (event.todo === undefined || event.todo === false) process.exitCode = 1;
});
stream.compose(new spec()).pipe(process.stdout);
