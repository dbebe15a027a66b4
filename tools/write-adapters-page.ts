// Writes docs/adapters.md: node tools/with-runtime.js tools/write-adapters-page.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adaptersPage } from './adapters-page.ts';

writeFileSync(join(import.meta.dirname, '../docs/adapters.md'), adaptersPage());
