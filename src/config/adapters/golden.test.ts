// Every foreign configuration in test/vectors/adapters with what becomes of it, word by word. After a
// change that is meant, GOLDEN=write writes the expectations anew: read the difference before committing it.
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parseConfigDocument } from '../document.ts';
import { adaptFile } from '../load-adapted.ts';
import { nodeFileSystem } from '../node-file-system.ts';
import { formatProblem } from '../problem.ts';
import { validateConfig } from '../validate.ts';
import { type AdapterResult, formatNotice } from './adapter.ts';
import { ADAPTER_NAMES, loadAdapter } from './adapters.ts';
import * as apisixTables from './apisix/notices.ts';
import * as natsTables from './nats/notices.ts';
import * as nginxTables from './nginx/notices.ts';
import { printDocument } from './print.ts';

const ROOT = join(import.meta.dirname, '../../../test/vectors/adapters');

for (const name of ADAPTER_NAMES) {
  const adapter = await loadAdapter(name);
  const adapt = (path: string): AdapterResult =>
    adaptFile(
      { file: basename(path), adapter, upstream: null },
      {
        cwd: dirname(path),
        variables: { NAME_OF_B: 'b@x', PORT: '"no number"', EMPTY: '' },
        // Whatever the machine has installed.
        fileSystem: {
          ...nodeFileSystem,
          isDirectory: (asked) => asked === join(ROOT, name, 'html'),
        },
        now: 0,
      },
    );

  describe(`${name}: a configuration becomes ours`, () => {
    for (const path of globSync(join(ROOT, name, '*.conf')).toSorted()) {
      test(basename(path), () => {
        const adapted = adapt(path);
        assert.equal(adapted.kind === 'invalid' ? errorsOf(adapted) : '', '');
        assert.ok(adapted.kind === 'adapted');
        const yaml = printDocument(adapted.document.value);
        assertExpected(`${path}.yaml`, `${noticesOf(adapted)}${yaml}`);

        const validation = validateConfig(adapted.document);
        assert.equal(validation.kind, 'valid', JSON.stringify(validation));
        const read = parseConfigDocument(Buffer.from(yaml), 'printed.yaml', {});
        assert.ok(read.kind === 'document');
        assert.deepEqual(read.document.value, adapted.document.value);
      });
    }
  });

  describe(`${name}: a configuration that can not be ours is refused with each problem at its place`, () => {
    for (const path of globSync(join(ROOT, name, 'invalid/*.conf')).toSorted()) {
      test(basename(path), () => {
        const adapted = adapt(path);
        assert.ok(adapted.kind === 'invalid');
        assertExpected(`${path}.errors`, `${errorsOf(adapted)}${noticesOf(adapted)}`);
      });
    }
  });
}

const TABLES = { nats: natsTables, nginx: nginxTables, apisix: apisixTables };

for (const name of ADAPTER_NAMES) {
  test(`${name}: every directive that is taken stands in one of the configurations`, () => {
    const texts = globSync(join(ROOT, name, '**/*.conf')).map((path) => readFileSync(path, 'utf8'));
    const words = new Set(texts.flatMap((text) => text.split(/[^\w]+/)));
    const rows = Object.values(TABLES[name]).flatMap((table) => table.rows);
    const taken = rows.filter(({ treatment }) => treatment === 'taken');
    const missing = taken.flatMap(({ names }) => names.filter((one) => !words.has(one)));
    assert.deepEqual(missing, []);
  });
}

function noticesOf({ notices }: AdapterResult): string {
  return notices.map((notice) => `# ${formatNotice(notice)}\n`).join('');
}

function errorsOf({ problems }: Extract<AdapterResult, { kind: 'invalid' }>): string {
  return problems.map((problem) => `${formatProblem(problem)}\n`).join('');
}

function assertExpected(file: string, text: string): void {
  const actual = text.replaceAll(ROOT, '/ROOT');
  if (process.env['GOLDEN'] === 'write') writeFileSync(file, actual);
  assert.equal(actual, readFileSync(file, 'utf8'));
}
