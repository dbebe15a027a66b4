// Writes the configuration's reference: node tools/with-runtime.js tools/write-config-reference.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configReference } from './config-reference.ts';

for (const [file, text] of configReference()) {
  writeFileSync(join(import.meta.dirname, '..', file), text);
}
