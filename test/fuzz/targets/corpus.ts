import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files in a folder of test/vectors, by a pattern, in the order of their names. */
export function corpusOf(pattern: string): Buffer[] {
  const folder = join(import.meta.dirname, '../../vectors');
  return globSync(join(folder, pattern))
    .toSorted()
    .map((file) => readFileSync(file));
}
