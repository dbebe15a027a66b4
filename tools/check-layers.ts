// Checks the import rules of the house: node tools/with-runtime.js tools/check-layers.ts
import { globSync, readFileSync } from 'node:fs';
import { checkLayers } from './layers.ts';

const files = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx}']).toSorted();
const violations = checkLayers(new Map(files.map((file) => [file, readFileSync(file, 'utf8')])));
for (const { file, line, message } of violations) {
  process.stderr.write(`${file}:${line}: ${message}\n`);
}
if (violations.length > 0) process.exitCode = 1;
else process.stdout.write(`layers: ${files.length} files keep the rules\n`);
